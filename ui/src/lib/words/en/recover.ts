export const recover = {
  name: 'Recover',
  question: 'What do I do now?',
};
