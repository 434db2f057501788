export const setup = {
  name: 'First run',
  question: 'What do you want to do?',
};
