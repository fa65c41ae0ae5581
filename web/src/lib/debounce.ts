/** A function that runs `action` with the newest arguments once `milliseconds` have passed without another call. */
export interface Debounced<Arguments extends unknown[]> {
  (...args: Arguments): void;
  /** Forgets a call that waits. */
  cancel(): void;
}

export function debounce<Arguments extends unknown[]>(
  milliseconds: number,
  action: (...args: Arguments) => void,
): Debounced<Arguments> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const debounced = (...args: Arguments) => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      action(...args);
    }, milliseconds);
  };
  debounced.cancel = () => {
    clearTimeout(timer);
  };
  return debounced;
}
