// Justified rows. Pictures are put into a row until, at the wanted height, the row is at least as wide as the page; the
// row's height is then chosen so that it fits exactly. All widths are whole pixels and a full row's widths and gaps add
// up to the page's width, so the rows break in plain `flex-wrap` where they break here. The last row is not stretched.

export interface Sized {
  width: number;
  height: number;
}

export interface Box {
  width: number;
  height: number;
  row: number;
}

const NARROWEST = 0.5;
const WIDEST = 2.6;

/** Width by height, kept within bounds, because a panorama must not become a thread; 1 when a size is unknown. */
export function aspectOf(picture: Sized): number {
  if (!(picture.width > 0 && picture.height > 0)) return 1;
  return Math.min(WIDEST, Math.max(NARROWEST, picture.width / picture.height));
}

function fitRow(aspects: number[], width: number, gap: number, row: number): Box[] {
  const free = width - gap * (aspects.length - 1);
  const sum = aspects.reduce((total, aspect) => total + aspect, 0);
  const height = Math.round(free / sum);
  let used = 0;
  let exact = 0;
  return aspects.map((aspect) => {
    exact += (aspect / sum) * free;
    const boxWidth = Math.round(exact) - used;
    used += boxWidth;
    return { width: boxWidth, height, row };
  });
}

/** One box a picture, in order. `width`: of the page; `target`: wanted height of a row; `gap`: between pictures. */
export function justify(pictures: readonly Sized[], width: number, target: number, gap: number): Box[] {
  const boxes: Box[] = [];
  let pending: number[] = [];
  let row = 0;
  const sumOf = (aspects: number[]) => aspects.reduce((total, aspect) => total + aspect, 0);
  const flush = (aspects: number[]) => {
    boxes.push(...fitRow(aspects, width, gap, row));
    row += 1;
  };
  for (const picture of pictures) {
    const aspect = aspectOf(picture);
    const before = sumOf(pending) * target + gap * (pending.length - 1);
    const after = before + aspect * target + gap;
    // The row may end before or behind this picture: whichever leaves its height nearer to the wanted one.
    if (pending.length > 0 && after > width && width / before < after / width && width / before < 1.35) {
      flush(pending);
      pending = [];
    }
    pending.push(aspect);
    if (sumOf(pending) * target + gap * (pending.length - 1) >= width) {
      flush(pending);
      pending = [];
    }
  }
  for (const aspect of pending)
    boxes.push({ width: Math.min(width, Math.floor(aspect * target)), height: target, row });
  return boxes;
}

/** The index reached from `from` by an arrow: up and down go to the box of the next row that is nearest in x. */
export function moveIn(
  boxes: readonly Box[],
  from: number,
  direction: 'left' | 'right' | 'up' | 'down',
  gap: number,
): number {
  const here = boxes[from];
  if (!here) return from;
  if (direction === 'left') return Math.max(0, from - 1);
  if (direction === 'right') return Math.min(boxes.length - 1, from + 1);
  const wanted = here.row + (direction === 'up' ? -1 : 1);
  const centre = leftOf(boxes, from, gap) + here.width / 2;
  let best = from;
  let distance = Infinity;
  for (let index = 0; index < boxes.length; index += 1) {
    const box = boxes[index];
    if (box?.row !== wanted) continue;
    const off = Math.abs(leftOf(boxes, index, gap) + box.width / 2 - centre);
    if (off < distance) [best, distance] = [index, off];
  }
  return best;
}

function leftOf(boxes: readonly Box[], index: number, gap: number): number {
  let left = 0;
  for (let i = index - 1; i >= 0 && boxes[i]?.row === boxes[index]?.row; i -= 1) left += (boxes[i]?.width ?? 0) + gap;
  return left;
}
