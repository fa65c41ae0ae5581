import { describe, expect, it } from 'vitest';
import { formatPlace, historyStep, HOME, parsePlace, sameResults } from './url';

describe('places', () => {
  it.each([
    HOME,
    { ...HOME, query: 'a woman with blond hair' },
    { ...HOME, query: '50% off & “more” #1 + 2/3 ?' },
    { ...HOME, query: 'black dog', captions: true },
    { ...HOME, like: 17 },
    { ...HOME, image: 'été à la mer.jpg' },
    { ...HOME, query: 'black dog', view: 42 },
    { ...HOME, view: 42 },
    { ...HOME, query: 'dog', filter: [['folder', 'a/b & c'] as const, ['camera', 'Canon'] as const], byDate: true },
  ])('survive the address bar: %j', (place) => {
    expect(parsePlace(formatPlace(place).slice(1))).toEqual(place);
  });

  it('takes one thing at a time, words first', () => {
    expect(parsePlace('?q=dog&like=3&image=x')).toEqual({ ...HOME, query: 'dog' });
    expect(parsePlace('?like=3&image=x')).toEqual({ ...HOME, like: 3 });
    expect(parsePlace('?like=3&in=captions')).toEqual({ ...HOME, like: 3 });
    expect(parsePlace('?q=dog&in=names')).toEqual({ ...HOME, query: 'dog' });
  });

  it.each([
    '?like=0',
    '?like=-1',
    '?like=1e3',
    '?like=',
    '?like=99999999999999999999',
    '?view=x',
    '?q=%20',
    '?q=%E0%A4',
  ])('does not stumble over %s', (search) => {
    const place = parsePlace(search);
    expect([place.like, place.view]).toEqual([null, null]);
  });

  it('compares results without the large view', () => {
    expect(sameResults({ ...HOME, query: 'a', view: 1 }, { ...HOME, query: 'a' })).toBe(true);
    expect(sameResults({ ...HOME, query: 'a', captions: true }, { ...HOME, query: 'a' })).toBe(false);
    expect(sameResults({ ...HOME, like: 1 }, { ...HOME, like: 2 })).toBe(false);
    expect(sameResults(HOME, { ...HOME, byDate: true })).toBe(false);
    expect(sameResults(HOME, { ...HOME, filter: [['after', '2023']] })).toBe(false);
    expect(sameResults({ ...HOME, filter: [['after', '2023']] }, { ...HOME, filter: [['after', '2023']] })).toBe(true);
  });
});

describe('historyStep', () => {
  it('gives words being typed one entry', () => {
    expect(historyStep(false, true)).toBe('push');
    expect(historyStep(true, true)).toBe('replace');
    expect(historyStep(true, false)).toBe('push');
    expect(historyStep(false, false)).toBe('push');
  });
});
