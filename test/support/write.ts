/** Tells whether a call to EC2, by its name, is made to change something. */
export const isWrite = (action: string): boolean => !/^(?:Describe|Get)/.test(action);
