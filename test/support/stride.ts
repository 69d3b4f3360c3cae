// How far apart the calls are at which a test interferes: at every call in the slow suite, at some in
// the quick one. Which these are differs between the ways of interfering, so that together they meet
// calls of every kind.

/** Whether the tests run at their full size. */
export const isSlow = process.env.PORTWARD_SLOW === "1";

/** The distance between the calls at which a test interferes, `quick` outside of the slow suite. */
export const stride = (quick: number): number => (isSlow ? 1 : quick);
