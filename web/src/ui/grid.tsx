// The pictures, in justified rows. One tile is in the tab order; arrows and h j k l move among them.
import { memo } from 'preact/compat';
import { useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks';
import { thumbnailUrl } from '../api/client';
import type { Grade, Picture } from '../api/types';
import { baseName, score } from '../lib/format';
import { aspectOf, justify, moveIn, type Box } from '../lib/layout';
import { formatPlace, type Place } from '../state/url';
import type { Settings } from '../state/storage';
import { Grades, gradeOfKey, wordOf } from './grades';
import { LikeIcon, PictureIcon } from './icons';

const GAP = 10;
const ROW_HEIGHT = { small: 140, medium: 210, large: 320 };
/** Below a picture that is being judged. */
const GRADES_HEIGHT = 44;
/** So high at least, and of such shapes, that four buttons fit below the narrowest, two of them side by side. */
const JUDGED_ROW = 170;
const JUDGED_ASPECT = { narrowest: 1, widest: 1.4 };
const KEYS: Record<string, 'left' | 'right' | 'up' | 'down'> = {
  ArrowLeft: 'left',
  ArrowRight: 'right',
  ArrowUp: 'up',
  ArrowDown: 'down',
  h: 'left',
  l: 'right',
  k: 'up',
  j: 'down',
};

export const tileId = (id: number): string => `picture-${String(id)}`;

/** Wanted height of a row: smaller on narrow screens, so that two pictures fit side by side. */
export const rowHeight = (width: number, size: Settings['size']): number =>
  Math.round(ROW_HEIGHT[size] * Math.min(1, Math.max(0.6, width / 900)));

function boxesOf(pictures: readonly Picture[], width: number, size: Settings['size'], judging: boolean): Box[] {
  const wanted = rowHeight(width, size);
  if (!judging) return justify(pictures, width, wanted, GAP);
  const { narrowest, widest } = JUDGED_ASPECT;
  const wide = pictures.map((one) => ({ width: Math.min(widest, Math.max(narrowest, aspectOf(one))), height: 1 }));
  return justify(wide, width, Math.max(JUDGED_ROW, wanted), GAP);
}

interface TileProperties {
  picture: Picture;
  index: number;
  width: number;
  height: number;
  href: string;
  tabbable: boolean;
  scored: boolean;
  /** Undefined: not being judged; null: not judged yet. */
  grade: Grade | null | undefined;
}

const Tile = memo(function Tile({ picture, index, width, height, href, tabbable, scored, grade }: TileProperties) {
  const [state, setState] = useState<'waiting' | 'shown' | 'broken'>('waiting');
  const image = useRef<HTMLImageElement>(null);
  useLayoutEffect(() => {
    if (image.current?.complete && image.current.naturalWidth > 0) setState('shown');
  }, []);
  const name = baseName(picture.name);
  const judged = grade === undefined || grade === null ? '' : `, judged ${String(grade)}, ${wordOf(grade)}`;
  const longest = Math.max(width, height) * Math.min(2, window.devicePixelRatio || 1);
  return (
    <li
      class="tile"
      data-state={state}
      data-index={index}
      data-judging={grade !== undefined}
      style={{
        width: `${String(width)}px`,
        height: `${String(height + (grade === undefined ? 0 : GRADES_HEIGHT))}px`,
      }}
    >
      <a
        id={tileId(picture.id)}
        class="tile-open"
        href={href}
        tabIndex={tabbable ? 0 : -1}
        aria-label={scored ? `${name}, score ${score(picture.score)}` : name + judged}
      >
        {state === 'broken' ? (
          <span class="tile-broken">
            <PictureIcon />
          </span>
        ) : (
          <img
            ref={image}
            src={thumbnailUrl(picture, longest)}
            alt=""
            width={width}
            height={height}
            loading="lazy"
            decoding="async"
            draggable={false}
            onLoad={() => {
              setState('shown');
            }}
            onError={() => {
              setState('broken');
            }}
          />
        )}
        <span class="tile-name">{name}</span>
      </a>
      {scored && (
        <span class="score" aria-hidden="true">
          {score(picture.score)}
        </span>
      )}
      <button
        type="button"
        class="tile-like"
        tabIndex={tabbable ? 0 : -1}
        aria-label={`More like ${name}`}
        title="More like this (m)"
      >
        <LikeIcon />
      </button>
      {grade !== undefined && <Grades name={name} given={grade} tabbable={tabbable} />}
    </li>
  );
});

interface Properties {
  pictures: readonly Picture[];
  place: Place;
  /** Of the page, in whole pixels. */
  width: number;
  label: string;
  settings: Settings;
  scored: boolean;
  stale: boolean;
  /** What was judged of the pictures; null: they are not being judged. */
  grades: ReadonlyMap<number, Grade> | null;
  onGrade(picture: Picture, grade: Grade | null): void;
  onUndo(): number | null;
  onOpen(picture: Picture): void;
  onLike(picture: Picture): void;
  onCopy(picture: Picture): void;
  onEnd(): void;
  onTop(): void;
}

export function Grid(properties: Properties) {
  const { pictures, place, settings, width, grades, onEnd, onTop } = properties;
  const judging = grades !== null;
  const [active, setActive] = useState(0);
  const boxes = useMemo<Box[]>(
    () => (width > 0 ? boxesOf(pictures, width, settings.size, judging) : []),
    [pictures, width, settings.size, judging],
  );
  const current = Math.min(active, Math.max(0, pictures.length - 1));
  const first = pictures[0]?.id;
  useEffect(() => {
    setActive(0);
  }, [first]);

  const focus = useCallback(
    (index: number) => {
      const picture = pictures[index];
      if (!picture) return;
      setActive(index);
      const tile = document.getElementById(tileId(picture.id));
      tile?.focus({ preventScroll: true });
      tile?.parentElement?.scrollIntoView({ block: 'nearest' });
    },
    [pictures],
  );

  /** Whether the key was one for judging. The next picture comes by itself; undo goes back to where it was. */
  const judge = (picture: Picture, key: string): boolean => {
    const grade = gradeOfKey(key);
    if (!judging || (grade === null && key !== 'u')) return false;
    if (grade === null) {
      const undone = properties.onUndo();
      focus(pictures.findIndex((one) => one.id === undone));
    } else {
      properties.onGrade(picture, grade);
      focus(current + 1);
      if (current + 1 >= pictures.length) onEnd();
    }
    return true;
  };

  const onKeyDown = (event: KeyboardEvent) => {
    const picture = pictures[current];
    if (event.ctrlKey || event.metaKey || event.altKey || !picture) return;
    const direction = KEYS[event.key];
    if (direction) {
      const next = moveIn(boxes, current, direction, GAP);
      if (next === current && direction === 'up') onTop();
      if (next === current && (direction === 'down' || direction === 'right')) onEnd();
      if (next !== current) focus(next);
    } else if (event.key === 'Home') focus(0);
    else if (event.key === 'End') focus(pictures.length - 1);
    else if (event.key === 'Escape') onTop();
    else if (event.key === 'm') properties.onLike(picture);
    else if (event.key === 'y') properties.onCopy(picture);
    else if (!judge(picture, event.key)) return;
    event.preventDefault();
  };

  const onClick = (event: MouseEvent) => {
    const target = event.target as Element;
    const picture = pictures[Number(target.closest<HTMLElement>('.tile')?.dataset['index'] ?? NaN)];
    if (!picture) return;
    const grade = gradeOfKey(target.closest<HTMLElement>('.grade')?.dataset['grade'] ?? '');
    if (target.closest('.tile-like')) {
      properties.onLike(picture);
    } else if (grade !== null) {
      properties.onGrade(picture, grades?.get(picture.id) === grade ? null : grade);
    } else if (target.closest('.grades')) {
      return;
    } else if (!(event.ctrlKey || event.metaKey || event.shiftKey || event.button !== 0)) {
      event.preventDefault();
      properties.onOpen(picture);
    }
  };

  const onFocusIn = (event: FocusEvent) => {
    const index = (event.target as Element).closest<HTMLElement>('.tile')?.dataset['index'];
    if (index !== undefined) setActive(Number(index));
  };

  return (
    <ul
      class="grid"
      aria-label={properties.label}
      aria-busy={properties.stale}
      data-stale={properties.stale}
      onKeyDown={onKeyDown}
      onClick={onClick}
      onFocusIn={onFocusIn}
    >
      {boxes.map((box, index) => {
        const picture = pictures[index];
        return (
          picture && (
            <Tile
              key={picture.id}
              picture={picture}
              index={index}
              width={box.width}
              height={box.height}
              href={formatPlace({ ...place, view: picture.id })}
              tabbable={index === current}
              scored={properties.scored}
              grade={grades ? (grades.get(picture.id) ?? null) : undefined}
            />
          )
        );
      })}
    </ul>
  );
}

const SKELETON = [1.5, 0.75, 1.33, 1.5, 1, 1.78, 0.67, 1.33, 1.5, 1.33, 0.75, 1.5, 1, 1.33, 1.78, 1.5, 0.75, 1.33].map(
  (aspect) => ({ width: aspect * 100, height: 100 }),
);

/** Where pictures will be. Hidden for the first moments by the style sheet, so that quick answers do not flicker. */
export function Skeleton({ size, width }: { size: Settings['size']; width: number }) {
  const boxes = width > 0 ? justify(SKELETON, width, rowHeight(width, size), GAP) : [];
  return (
    <div class="grid skeleton" aria-hidden="true">
      {boxes.map((box, index) => (
        <div key={index} class="tile" style={{ width: `${String(box.width)}px`, height: `${String(box.height)}px` }} />
      ))}
    </div>
  );
}
