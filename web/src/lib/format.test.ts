import { expect, it } from 'vitest';
import { baseName, browserShows, dimensions, extension, milliseconds, pictures, score } from './format';

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
