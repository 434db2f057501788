export * from './size';
export * from './time';
