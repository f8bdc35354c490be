// Numbers that look random and are the same for the same seed (mulberry32).

export function createRandom(seed) {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
  const int = (n) => Math.floor(next() * n);
  return {
    next,
    /** A whole number from 0 to n - 1. */
    int,
    /** True with probability p. */
    chance: (p) => next() < p,
    /** One of a list; undefined when it is empty. */
    pick: (list) => list[int(list.length)],
    /** One of `[weight, value]` pairs. */
    weighted(pairs) {
      let at = next() * pairs.reduce((sum, [weight]) => sum + weight, 0);
      for (const [weight, value] of pairs) {
        at -= weight;
        if (at < 0) return value;
      }
      return pairs.at(-1)[1];
    },
  };
}
