import { describe, expect, it } from 'vitest';
import {
  addDays,
  appendFilter,
  chipsOf,
  dateLabel,
  firstDay,
  nextMonth,
  parseFilter,
  withCondition,
  without,
} from './filter';

const labels = (search: string) => chipsOf(parseFilter(new URLSearchParams(search))).map((chip) => chip.label);

describe('filters', () => {
  it('survive the address bar in one order', () => {
    const filter = parseFilter(
      new URLSearchParams('near=1,2&camera=a%26b&folder=x&folder=y&folder=x&after=2023&after=2024&q=dog'),
    );
    expect(filter).toEqual([
      ['folder', 'x'],
      ['folder', 'y'],
      ['after', '2023'],
      ['camera', 'a&b'],
      ['near', '1,2'],
    ]);
    const parameters = new URLSearchParams();
    appendFilter(parameters, filter);
    expect(parseFilter(parameters)).toEqual(filter);
    expect(parseFilter(new URLSearchParams('folder=&after=%20'))).toEqual([]);
  });

  it('take one more value or another one', () => {
    const one = withCondition([], 'camera', 'Canon');
    const two = withCondition(one, 'folder', 'trips');
    expect(withCondition(two, 'camera', 'Nikon')).toEqual([
      ['folder', 'trips'],
      ['camera', 'Canon'],
      ['camera', 'Nikon'],
    ]);
    expect(withCondition(two, 'camera', 'Canon')).toEqual(two);
    expect(withCondition(withCondition([], 'after', '2023'), 'after', '2024')).toEqual([['after', '2024']]);
    expect(withCondition(two, 'camera', '')).toEqual([['folder', 'trips']]);
    expect(without(two, one)).toEqual([['folder', 'trips']]);
  });

  it('say what they are', () => {
    expect(labels('after=2023-06&before=2023-07')).toEqual(['June 2023']);
    expect(labels('after=2023-12&before=2024-01')).toEqual(['December 2023']);
    expect(labels('after=2023&before=2024')).toEqual(['2023']);
    expect(labels('after=2023-06-05&before=2023-07-01')).toEqual(['from June 5, 2023', 'until June 30, 2023']);
    expect(labels('before=2023-07')).toEqual(['before July 2023']);
    expect(labels('after=june')).toEqual(['from june']);
    expect(labels('folder=trips&camera=Canon&format=jpeg&shape=portrait&captioned=no')).toEqual([
      'in trips',
      'Canon',
      'JPEG',
      'portrait',
      'without a caption',
    ]);
    expect(labels('near=48.2,16.4&min_width=300')).toEqual(['width from 300', 'within 10km of 48.2, 16.4']);
  });

  it('know the calendar', () => {
    expect([firstDay('2023'), firstDay('2023-06'), firstDay('2023-06-05'), firstDay('2023-13'), firstDay('x')]).toEqual(
      ['2023-01-01', '2023-06-01', '2023-06-05', '', ''],
    );
    expect(addDays('2024-02-28', 1)).toBe('2024-02-29');
    expect(addDays('2024-01-01', -1)).toBe('2023-12-31');
    expect(nextMonth('2023-09')).toBe('2023-10');
    expect(dateLabel('2023-06')).toBe('June 2023');
  });
});
