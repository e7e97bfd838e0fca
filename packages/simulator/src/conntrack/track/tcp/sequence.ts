/** Order of sequence numbers, which begin again after 2³² (include/net/tcp.h). */
export const before = (a: number, b: number): boolean => ((a - b) | 0) < 0
export const after = (a: number, b: number): boolean => before(b, a)
