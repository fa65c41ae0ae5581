import { describe, expect, it } from 'vitest';
import { clamp, fit, MAX_SCALE, UNZOOMED, zoomAt } from './zoom';

const view = { width: 1000, height: 600 };
const fitted = { width: 800, height: 600 };

describe('fit', () => {
  it('shows the whole picture', () => {
    expect(fit({ width: 4000, height: 3000 }, view, 2)).toEqual(fitted);
    expect(fit({ width: 100, height: 1200 }, view, 2)).toEqual({ width: 50, height: 600 });
  });
  it('enlarges small pictures only so far', () => {
    expect(fit({ width: 100, height: 80 }, view, 2)).toEqual({ width: 200, height: 160 });
  });
  it('takes the whole view for an unknown size', () => {
    expect(fit({ width: 0, height: 0 }, view, 2)).toEqual(view);
  });
});

describe('zoomAt', () => {
  it('keeps the point under the pointer', () => {
    const zoomed = zoomAt(UNZOOMED, 2, 150, 100, fitted, view);
    // The point was 150 to the right of the centre; at twice the size it would be at 300, so the picture moves by -150.
    expect(zoomed).toEqual({ scale: 2, x: -150, y: -100 });
  });
  it('stays between the fitted size and the largest', () => {
    expect(zoomAt(UNZOOMED, 0.1, 0, 0, fitted, view).scale).toBe(1);
    expect(zoomAt(UNZOOMED, 100, 0, 0, fitted, view).scale).toBe(MAX_SCALE);
  });
});

describe('clamp', () => {
  it('never leaves a gap beside a picture larger than the view', () => {
    expect(clamp({ scale: 2, x: 5000, y: -5000 }, fitted, view)).toEqual({ scale: 2, x: 300, y: -300 });
  });
  it('centres what is smaller than the view', () => {
    expect(clamp({ scale: 1, x: 40, y: 40 }, fitted, view)).toEqual(UNZOOMED);
  });
});
