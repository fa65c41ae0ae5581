import { describe, expect, it } from 'vitest';
import { aspectOf, justify, moveIn } from './layout';

const GAP = 10;
const shapes = [
  [3, 2],
  [2, 3],
  [1, 1],
  [16, 9],
  [4, 3],
  [10, 1],
  [1, 10],
];
const library = (count: number) =>
  Array.from({ length: count }, (_, i) => {
    const [width = 1, height = 1] = shapes[(i * 5 + (i >> 2)) % shapes.length] ?? [];
    return { width: width * 100, height: height * 100 };
  });

describe('aspectOf', () => {
  it('keeps panoramas and towers within bounds, and takes unknown sizes as square', () => {
    expect(aspectOf({ width: 300, height: 200 })).toBe(1.5);
    expect(aspectOf({ width: 10000, height: 100 })).toBe(2.6);
    expect(aspectOf({ width: 100, height: 10000 })).toBe(0.5);
    expect(aspectOf({ width: 0, height: 100 })).toBe(1);
  });
});

describe('justify', () => {
  it.each([292, 320, 740, 1001, 1344, 2500])('fills every row but the last to exactly %i pixels', (width) => {
    const boxes = justify(library(97), width, 200, GAP);
    expect(boxes).toHaveLength(97);
    const last = boxes.at(-1)?.row ?? 0;
    for (let row = 0; row <= last; row += 1) {
      const inRow = boxes.filter((box) => box.row === row);
      const used = inRow.reduce((sum, box) => sum + box.width, 0) + GAP * (inRow.length - 1);
      if (row < last) expect(used).toBe(width);
      else expect(used).toBeLessThanOrEqual(width);
      expect(new Set(inRow.map((box) => box.height)).size).toBe(1);
    }
  });

  it('keeps rows near the wanted height', () => {
    for (const box of justify(library(97), 1344, 200, GAP)) {
      expect(box.height).toBeGreaterThan(120);
      expect(box.height).toBeLessThan(290);
    }
  });

  it('does not move earlier full rows when a page is added', () => {
    const before = justify(library(48), 1344, 200, GAP);
    const after = justify(library(96), 1344, 200, GAP);
    const settledRows = (before.at(-1)?.row ?? 0) - 1;
    expect(settledRows).toBeGreaterThan(3);
    for (const [i, box] of before.entries()) if (box.row < settledRows) expect(after[i]).toEqual(box);
  });

  it('does not stretch a single picture', () => {
    expect(justify([{ width: 400, height: 400 }], 1200, 200, GAP)).toEqual([{ width: 200, height: 200, row: 0 }]);
    expect(justify([], 1200, 200, GAP)).toEqual([]);
  });
});

describe('moveIn', () => {
  const boxes = [
    { width: 100, height: 50, row: 0 },
    { width: 200, height: 50, row: 0 },
    { width: 155, height: 50, row: 1 },
    { width: 145, height: 50, row: 1 },
    { width: 60, height: 50, row: 2 },
  ];
  it('goes to the nearest picture of the next row', () => {
    expect(moveIn(boxes, 0, 'down', GAP)).toBe(2);
    expect(moveIn(boxes, 1, 'down', GAP)).toBe(3);
    expect(moveIn(boxes, 3, 'up', GAP)).toBe(1);
    expect(moveIn(boxes, 3, 'down', GAP)).toBe(4);
  });
  it('stays where there is nothing further', () => {
    expect(moveIn(boxes, 0, 'left', GAP)).toBe(0);
    expect(moveIn(boxes, 4, 'right', GAP)).toBe(4);
    expect(moveIn(boxes, 1, 'up', GAP)).toBe(1);
    expect(moveIn(boxes, 4, 'down', GAP)).toBe(4);
  });
});
