// The large view: a modal dialog, so the browser keeps the focus inside and the page behind it out of reach.
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { thumbnailUrl } from '../api/client';
import type { Grade, Picture } from '../api/types';
import { baseName, browserShows, bytes, coordinates, count, dateAndTime, dimensions, score } from '../lib/format';
import { GRADES, Grades } from './grades';
import {
  CloseIcon,
  CopyIcon,
  DownloadIcon,
  InfoIcon,
  LeftIcon,
  LikeIcon,
  MinusIcon,
  PlusIcon,
  RightIcon,
} from './icons';
import { useZoom } from './use_zoom';

/** Longer side of the largest thumbnail the server makes. */
const LARGEST_THUMBNAIL = 1280;

interface Properties {
  pictures: readonly Picture[];
  index: number;
  total: number;
  scored: boolean;
  onMove(index: number): void;
  onClose(): void;
  onLike(picture: Picture): void;
  onCopy(picture: Picture): void;
  onNear(picture: Picture): void;
  /** As the grid's. */
  grades: ReadonlyMap<number, Grade> | null;
  onGrade(picture: Picture, grade: Grade | null): void;
  /** What was just done, "Path copied": the page behind the dialog cannot say it. */
  notice: string;
}

/** The original where browsers can show it and it is needed, else the server's largest thumbnail. */
function sourceOf(picture: Picture, zoomed: boolean): string {
  const large = Math.max(picture.width, picture.height) > LARGEST_THUMBNAIL;
  return browserShows(picture.name) && (zoomed || !large) ? picture.file_url : thumbnailUrl(picture, LARGEST_THUMBNAIL);
}

interface DetailsProperties {
  picture: Picture;
  scored: boolean;
  onNear(picture: Picture): void;
}

function Details({ picture, scored, onNear }: DetailsProperties) {
  const { latitude, longitude } = picture;
  const placed = latitude !== undefined && longitude !== undefined;
  const rows: [string, string | false | undefined][] = [
    ['Caption', picture.caption],
    ['Name', picture.name],
    ['Taken', picture.taken_at && dateAndTime(picture.taken_at)],
    ['Camera', picture.camera],
    ['Lens', picture.lens],
    ['Place', placed && coordinates(latitude, longitude)],
    ['Size', `${dimensions(picture.width, picture.height)}, ${bytes(picture.size_bytes)}`],
    ['Type', picture.format.toUpperCase()],
    ['File of', dateAndTime(picture.modified_at)],
    ['Score', scored && score(picture.score)],
    ['Path', picture.path],
  ];
  return (
    <aside class="details" id="details" aria-label="Details" tabIndex={0}>
      <dl>
        {rows.map(
          ([name, value]) =>
            value && (
              <div key={name}>
                <dt>{name}</dt>
                <dd>
                  {value}
                  {name === 'Place' && (
                    <button
                      type="button"
                      class="near-here"
                      onClick={() => {
                        onNear(picture);
                      }}
                    >
                      Pictures near here
                    </button>
                  )}
                </dd>
              </div>
            ),
        )}
      </dl>
    </aside>
  );
}

function Shown({ picture, failed, onFailed, zooming }: ShownProperties) {
  const { zoom, fitted } = zooming;
  const [loaded, setLoaded] = useState(false);
  const position = {
    width: `${String(fitted.width)}px`,
    height: `${String(fitted.height)}px`,
    transform: `translate(-50%, -50%) translate(${String(zoom.x)}px, ${String(zoom.y)}px) scale(${String(zoom.scale)})`,
  };
  return (
    <div class="picture" style={position} data-loaded={loaded}>
      <img class="picture-small" src={thumbnailUrl(picture, 320)} alt="" draggable={false} />
      {!failed && (
        <img
          class="picture-large"
          src={sourceOf(picture, zoom.scale > 1)}
          alt={picture.caption ?? baseName(picture.name)}
          draggable={false}
          onLoad={() => {
            setLoaded(true);
          }}
          onError={onFailed}
        />
      )}
    </div>
  );
}

interface ShownProperties {
  picture: Picture;
  failed: boolean;
  onFailed(): void;
  zooming: ReturnType<typeof useZoom>;
}

export function Viewer(properties: Properties) {
  const { pictures, index, total, scored, onMove, onClose, onLike, onCopy, onNear, grades, onGrade, notice } =
    properties;
  const dialog = useRef<HTMLDialogElement>(null);
  const stage = useRef<HTMLDivElement>(null);
  const download = useRef<HTMLAnchorElement>(null);
  const [details, setDetails] = useState(false);
  const [failed, setFailed] = useState<number | null>(null);
  const picture = pictures[index];

  const move = (step: number) => {
    const next = Math.min(pictures.length - 1, Math.max(0, index + step));
    if (next !== index) onMove(next);
  };
  const zooming = useZoom(stage, picture ?? { width: 0, height: 0 }, {
    onSwipe: move,
    onPullDown: onClose,
    onBeside: onClose,
  });
  const { reset } = zooming;

  useLayoutEffect(() => {
    const element = dialog.current;
    element?.showModal();
    stage.current?.focus();
    return () => {
      element?.close();
    };
  }, []);
  useLayoutEffect(reset, [index, reset]);
  useEffect(() => {
    for (const near of [index + 1, index - 1]) {
      const neighbour = pictures[near];
      if (neighbour) new Image().src = sourceOf(neighbour, false);
    }
  }, [index, pictures]);

  if (!picture) return null;

  const actions: Record<string, () => void> = {
    ArrowLeft: () => {
      move(-1);
    },
    h: () => {
      move(-1);
    },
    ArrowRight: () => {
      move(1);
    },
    l: () => {
      move(1);
    },
    Home: () => {
      move(-index);
    },
    End: () => {
      move(pictures.length);
    },
    '+': () => {
      zooming.by(1.5);
    },
    '=': () => {
      zooming.by(1.5);
    },
    '-': () => {
      zooming.by(1 / 1.5);
    },
    '0': reset,
    m: () => {
      onLike(picture);
    },
    y: () => {
      onCopy(picture);
    },
    d: () => {
      download.current?.click();
    },
    s: () => {
      download.current?.click();
    },
    i: () => {
      setDetails(!details);
    },
  };
  if (grades) {
    for (const { grade } of GRADES) {
      actions[String(grade)] = () => {
        onGrade(picture, grade);
        move(1);
      };
    }
  }
  const panning: Record<string, [number, number]> = {
    ArrowLeft: [80, 0],
    ArrowRight: [-80, 0],
    ArrowUp: [0, 80],
    ArrowDown: [0, -80],
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const pan = event.shiftKey ? panning[event.key] : undefined;
    const action = pan
      ? () => {
          zooming.pan(...pan);
        }
      : actions[event.key];
    if (!action) return;
    event.preventDefault();
    action();
  };
  const name = baseName(picture.name);

  return (
    <dialog
      ref={dialog}
      class="viewer"
      aria-label="Large view"
      onKeyDown={onKeyDown}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
    >
      <div class="viewer-bar">
        <p class="viewer-title">
          <span class="viewer-name wide-only">{name}</span>
          <span class="viewer-count">
            {count(index + 1)} of {count(total)}
            {scored && <span class="wide-only"> · {score(picture.score)}</span>}
          </span>
        </p>
        <div class="viewer-tools">
          <button
            type="button"
            class="round wide-only"
            aria-label="Zoom out"
            title="Zoom out (−)"
            disabled={zooming.zoom.scale <= 1}
            onClick={actions['-']}
          >
            <MinusIcon />
          </button>
          <button type="button" class="round wide-only" aria-label="Zoom in" title="Zoom in (+)" onClick={actions['+']}>
            <PlusIcon />
          </button>
          <button
            type="button"
            class="round"
            aria-label="More like this"
            title="More like this (m)"
            onClick={actions['m']}
          >
            <LikeIcon />
          </button>
          <button
            type="button"
            class="round"
            aria-label="Copy the path"
            title="Copy the path (y)"
            onClick={actions['y']}
          >
            <CopyIcon />
          </button>
          <a
            ref={download}
            class="round"
            href={picture.file_url}
            download={name}
            aria-label="Download"
            title="Download (d)"
          >
            <DownloadIcon />
          </a>
          <button
            type="button"
            class="round"
            aria-label="Details"
            title="Details (i)"
            aria-expanded={details}
            aria-controls="details"
            onClick={actions['i']}
          >
            <InfoIcon />
          </button>
          <button type="button" class="round" aria-label="Close" title="Close (Esc)" onClick={onClose}>
            <CloseIcon />
          </button>
        </div>
      </div>
      <div class="viewer-body">
        <div
          ref={stage}
          class="stage"
          role="group"
          aria-roledescription="picture"
          aria-label={name}
          tabIndex={-1}
          {...zooming.handlers}
        >
          <Shown
            key={picture.id}
            picture={picture}
            zooming={zooming}
            failed={failed === picture.id}
            onFailed={() => {
              setFailed(picture.id);
            }}
          />
          {failed === picture.id && (
            <p class="stage-note" role="alert">
              This file cannot be shown. Was it moved or deleted?
            </p>
          )}
        </div>
        {index > 0 && (
          <button type="button" class="turn turn-left" aria-label="Previous picture" onClick={actions['ArrowLeft']}>
            <LeftIcon />
          </button>
        )}
        {index < pictures.length - 1 && (
          <button type="button" class="turn turn-right" aria-label="Next picture" onClick={actions['ArrowRight']}>
            <RightIcon />
          </button>
        )}
        {grades && (
          <Grades
            name={name}
            given={grades.get(picture.id) ?? null}
            onGrade={(grade) => {
              onGrade(picture, grades.get(picture.id) === grade ? null : grade);
            }}
          />
        )}
        {details && <Details picture={picture} scored={scored} onNear={onNear} />}
      </div>
      <p class="visually-hidden" aria-live="polite">{`${name}, ${String(index + 1)} of ${String(total)}`}</p>
      <p class="toast" role="status" data-shown={notice !== ''}>
        {notice}
      </p>
    </dialog>
  );
}
