import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { debounce } from './debounce';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

it('runs once, with the newest argument, when the pause is over', () => {
  const action = vi.fn();
  const debounced = debounce(150, action);
  debounced('b');
  vi.advanceTimersByTime(149);
  debounced('bl');
  vi.advanceTimersByTime(149);
  expect(action).not.toHaveBeenCalled();
  vi.advanceTimersByTime(1);
  expect(action.mock.calls).toEqual([['bl']]);
});

it('forgets a cancelled call', () => {
  const action = vi.fn();
  const debounced = debounce(150, action);
  debounced();
  debounced.cancel();
  vi.advanceTimersByTime(1000);
  expect(action).not.toHaveBeenCalled();
});
