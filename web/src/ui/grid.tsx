// The pictures, in justified rows. One tile is in the tab order; arrows and h j k l move among them.
import { memo } from 'preact/compat';
import { useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks';
import { thumbnailUrl } from '../api/client';
import type { Picture } from '../api/types';
import { baseName, score } from '../lib/format';
import { justify, moveIn, type Box } from '../lib/layout';
import { formatPlace, type Place } from '../state/url';
import type { Settings } from '../state/storage';
import { LikeIcon, PictureIcon } from './icons';

const GAP = 10;
const ROW_HEIGHT = { small: 140, medium: 210, large: 320 };
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

interface TileProperties {
  picture: Picture;
  index: number;
  width: number;
  height: number;
  href: string;
  tabbable: boolean;
  scored: boolean;
}

const Tile = memo(function Tile({ picture, index, width, height, href, tabbable, scored }: TileProperties) {
  const [state, setState] = useState<'waiting' | 'shown' | 'broken'>('waiting');
  const image = useRef<HTMLImageElement>(null);
  useLayoutEffect(() => {
    if (image.current?.complete && image.current.naturalWidth > 0) setState('shown');
  }, []);
  const name = baseName(picture.name);
  const longest = Math.max(width, height) * Math.min(2, window.devicePixelRatio || 1);
  return (
    <li
      class="tile"
      data-state={state}
      data-index={index}
      style={{ width: `${String(width)}px`, height: `${String(height)}px` }}
    >
      <a
        id={tileId(picture.id)}
        class="tile-open"
        href={href}
        tabIndex={tabbable ? 0 : -1}
        aria-label={scored ? `${name}, score ${score(picture.score)}` : name}
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
  onOpen(picture: Picture): void;
  onLike(picture: Picture): void;
  onCopy(picture: Picture): void;
  onEnd(): void;
  onTop(): void;
}

export function Grid(properties: Properties) {
  const { pictures, place, settings, width, onEnd, onTop } = properties;
  const [active, setActive] = useState(0);
  const boxes = useMemo<Box[]>(
    () => (width > 0 ? justify(pictures, width, rowHeight(width, settings.size), GAP) : []),
    [pictures, width, settings.size],
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
    else return;
    event.preventDefault();
  };

  const onClick = (event: MouseEvent) => {
    const target = event.target as Element;
    const picture = pictures[Number(target.closest<HTMLElement>('.tile')?.dataset['index'] ?? NaN)];
    if (!picture) return;
    if (target.closest('.tile-like')) {
      properties.onLike(picture);
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
