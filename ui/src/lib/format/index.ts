export * from './size';
export * from './time';
export * from './text';
