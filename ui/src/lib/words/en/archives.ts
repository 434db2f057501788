export const archives = {
  name: 'Archives',
  question: 'What can I go back to?',
};
