export const health = {
  name: 'Health',
  question: 'Is my chatbot well?',
};
