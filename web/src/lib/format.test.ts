import { expect, it } from 'vitest';
import {
  baseName,
  browserShows,
  bytes,
  coordinates,
  dateAndTime,
  dimensions,
  extension,
  milliseconds,
  pictures,
  score,
} from './format';

it('counts pictures', () => {
  expect(pictures(1)).toBe('1 picture');
  expect(pictures(1000)).toBe('1,000 pictures');
});

it('writes scores as the command line does', () => {
  expect(score(0.2914)).toBe('0.291');
  expect(score(-0.05)).toBe('-0.050');
});

it('writes durations', () => {
  expect([0.3, 5.6, 999, 1499].map(milliseconds)).toEqual(['< 1 ms', '6 ms', '999 ms', '1.5 s']);
});

it('takes names apart', () => {
  expect(baseName('a/b/c d.jpg')).toBe('c d.jpg');
  expect(baseName('c.jpg')).toBe('c.jpg');
  expect(extension('a.b/IMG.JPEG')).toBe('jpeg');
  expect(extension('README')).toBe('');
  expect(browserShows('x.HEIC')).toBe(false);
  expect(browserShows('x.JPG')).toBe(true);
});

it('writes sizes', () => {
  expect(dimensions(4000, 3000)).toBe('4,000 × 3,000, 12.0 MP');
  expect(dimensions(388, 400)).toBe('388 × 400');
});

it('writes what a file says of itself', () => {
  expect(dateAndTime('2023-06-01T00:30:00.250Z').replace('\u202f', ' ')).toBe('June 1, 2023 at 12:30 AM');
  expect(coordinates(48.2085, -16.3721)).toBe('48.20850° N, 16.37210° W');
  expect([bytes(7), bytes(81920), bytes(999_499), bytes(12_345_678)]).toEqual([
    '7 bytes',
    '82 kB',
    '999 kB',
    '12.3 MB',
  ]);
});
