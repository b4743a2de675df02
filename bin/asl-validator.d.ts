/** The package ships without types. */
declare module 'asl-validator' {
  interface Outcome {
    isValid: boolean;
    errorsText: (separator?: string) => string;
  }
  const validate: (definition: unknown, options?: { checkPaths?: boolean; checkArn?: boolean }) => Outcome;
  export default validate;
}
