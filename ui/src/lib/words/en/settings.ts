export const settings = {
  name: 'Settings',
  question: 'What is Holdfast told to do?',
};
