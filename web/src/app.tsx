// The page: a field, what was found, and the large view over it.
import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import { api, thumbnailUrl } from './api/client';
import type { Picture } from './api/types';
import { baseName, count, pictures as countPictures } from './lib/format';
import { loadSettings, saveSettings, type Settings } from './state/storage';
import { NO_FILTER } from './state/filter';
import { HOME, type Place } from './state/url';
import type { Results } from './state/results';
import { Chips } from './ui/chips';
import { Choice } from './ui/choice';
import { DropTarget } from './ui/drop';
import { FilterBar } from './ui/filter_bar';
import { Grid, Skeleton, tileId } from './ui/grid';
import { JudgeBar } from './ui/judge_bar';
import { Mark } from './ui/icons';
import { SearchBar, type Sample } from './ui/search_bar';
import { SettingsMenu } from './ui/settings_menu';
import { EmptyLibrary, Failed, NothingFound, SampleGone } from './ui/states';
import { StatusLine } from './ui/status_line';
import { useJudging } from './ui/use_judging';
import { useSearch } from './ui/use_search';
import { useWidth } from './ui/use_width';
import { useReturn, useStatus } from './ui/use_status';
import { Viewer } from './ui/viewer';

const NOTICE_MS = 2500;
const NEAR_HERE = '10km';

function useNotice(): [string, (notice: string) => void] {
  const [notice, setNotice] = useState('');
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const say = useCallback((text: string) => {
    clearTimeout(timer.current);
    setNotice(text);
    timer.current = setTimeout(() => {
      setNotice('');
    }, NOTICE_MS);
  }, []);
  return [notice, say];
}

function useSettings(): [Settings, (settings: Settings) => void] {
  const [settings, setSettings] = useState(() => loadSettings(localStorage));
  const change = useCallback((next: Settings) => {
    saveSettings(localStorage, next);
    if (next.theme === 'system') delete document.documentElement.dataset['theme'];
    else document.documentElement.dataset['theme'] = next.theme;
    setSettings(next);
  }, []);
  return [settings, change];
}

/** The picture with this id: from the list if it is there, else asked for. */
function usePicture(id: number | null, known: readonly Picture[]): Picture | null {
  const [fetched, setFetched] = useState<Picture | null>(null);
  const found = id === null ? null : (known.find((picture) => picture.id === id) ?? null);
  const missing = id !== null && found === null && fetched?.id !== id;
  useEffect(() => {
    if (id === null || !missing) return;
    const stop = new AbortController();
    api.picture(id, stop.signal).then(setFetched, () => undefined);
    return () => {
      stop.abort();
    };
  }, [id, missing]);
  return found ?? (fetched?.id === id ? fetched : null);
}

function describe(place: Place, liked: Picture | null): string {
  if (place.query) return place.captions ? `“${place.query}” in captions` : `“${place.query}”`;
  if (place.like !== null) return `pictures like ${liked ? baseName(liked.name) : 'this one'}`;
  if (place.image !== null) return `pictures like ${place.image}`;
  return '';
}

function announce(results: Results, what: string): string {
  if (results.phase === 'loading') return '';
  if (results.phase === 'failed') return '';
  if (results.pictures.length === 0 && results.shown.filter?.length) return 'Nothing found with this filter';
  if (results.pictures.length === 0) return what ? `Nothing found for ${what}` : 'The library is empty';
  const shown = `Showing ${count(results.pictures.length)} of ${countPictures(results.answer?.total ?? 0)}`;
  if (!what) return `${shown}, newest first`;
  return results.shown.byDate ? `${shown} for ${what}, newest first` : `${shown} for ${what}, best first`;
}

function End({ results, onMore }: { results: Results; onMore(): void }) {
  const sentinel = useRef<HTMLDivElement>(null);
  const { phase, more, complete, failure, pictures } = results;
  const waiting = phase === 'ready' && more === 'idle' && !complete;
  useEffect(() => {
    const element = sentinel.current;
    if (!element || !waiting) return;
    const observer = new IntersectionObserver(
      (entries) => {
        if (entries.some((entry) => entry.isIntersecting)) onMore();
      },
      { rootMargin: '1200px' },
    );
    observer.observe(element);
    return () => {
      observer.disconnect();
    };
  }, [waiting, onMore, pictures.length]);
  return (
    <div ref={sentinel} class="end">
      {more === 'failed' && <p role="alert">{failure?.message}</p>}
      {phase === 'ready' && !complete && (
        <button type="button" class="button" onClick={onMore} disabled={more === 'loading'}>
          {more === 'failed' ? 'Try again' : more === 'loading' ? 'Loading more' : 'Show more'}
        </button>
      )}
    </div>
  );
}

export function App() {
  const [notice, say] = useNotice();
  const [settings, changeSettings] = useSettings();
  const [status, refreshStatus] = useStatus();
  const search = useSearch(say);
  const { store, results, place, upload, go, close, open, like, turnTo } = search;
  const input = useRef<HTMLInputElement>(null);
  // Measured before any picture arrives, so that the page has its full height as soon as one does.
  const [main, width] = useWidth<HTMLDivElement>();

  const { pictures, phase, failure, answer } = results;
  const mode = useJudging(place.query && !place.captions ? place.query : null, results, say);
  const grades = mode.judging?.grades ?? null;
  // Who sees the score grades it, not the picture.
  const scored = settings.scores && !grades && results.shown.kind !== 'browse' && results.shown.kind !== 'captions';
  const home = !place.query && place.like === null && place.image === null;
  const filtered = place.filter.length > 0;
  const liked = usePicture(place.like, pictures);
  const viewed = usePicture(place.view, pictures);
  const what = describe(place, liked);

  const toSearch = useCallback(() => {
    input.current?.focus();
    input.current?.select();
  }, []);
  const toGrid = useCallback(() => {
    document.querySelector<HTMLElement>('.grid .tile-open[tabindex="0"]')?.focus();
  }, []);
  const retry = useCallback(() => {
    void store.retry();
    refreshStatus();
  }, [store, refreshStatus]);
  const more = useCallback(() => {
    void store.loadMore();
  }, [store]);
  const goHome = useCallback(() => {
    search.type('');
    go(HOME);
  }, [search, go]);
  const copyPath = useCallback(
    (picture: Picture) => {
      navigator.clipboard.writeText(picture.path).then(
        () => {
          say('Path copied');
        },
        () => {
          say(picture.path);
        },
      );
    },
    [say],
  );
  const near = useCallback(
    ({ latitude, longitude }: Picture) => {
      if (latitude === undefined || longitude === undefined) return;
      search.type('');
      go({ ...HOME, filter: [['near', `${String(latitude)},${String(longitude)},${NEAR_HERE}`]] });
    },
    [search, go],
  );
  const notPicture = useCallback(() => {
    say('That is not a picture');
  }, [say]);

  useReturn(phase === 'failed' && failure?.unreachable === true, retry);

  useEffect(() => {
    document.title = what ? `${what.replaceAll(/[“”]/g, '')} – glimpse` : 'glimpse';
  }, [what]);

  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      const typing =
        event.target instanceof Element &&
        event.target.closest('input:not([type=radio], [type=checkbox]), textarea, dialog') !== null;
      const slash = event.key === '/' && !typing && !event.ctrlKey && !event.metaKey && !event.altKey;
      const command = event.key.toLowerCase() === 'k' && (event.ctrlKey || event.metaKey);
      if (!slash && !command) return;
      event.preventDefault();
      if (!document.querySelector('dialog[open]')) toSearch();
    };
    document.addEventListener('keydown', onKeyDown);
    return () => {
      document.removeEventListener('keydown', onKeyDown);
    };
  }, [toSearch]);

  // Closing the large view hands the focus to the picture that was shown last.
  const lastViewed = useRef<number | null>(null);
  useEffect(() => {
    if (place.view !== null) {
      lastViewed.current = place.view;
      return;
    }
    const tile = lastViewed.current === null ? null : document.getElementById(tileId(lastViewed.current));
    lastViewed.current = null;
    tile?.focus({ preventScroll: true });
    tile?.parentElement?.scrollIntoView({ block: 'nearest' });
  }, [place.view]);

  const viewedIndex = pictures.findIndex((picture) => picture.id === place.view);
  useEffect(() => {
    if (viewedIndex >= 0 && viewedIndex >= pictures.length - 3) more();
  }, [viewedIndex, pictures.length, more]);

  const sample: Sample | null =
    place.like !== null
      ? { label: liked ? baseName(liked.name) : 'Like this', thumbnail: liked ? thumbnailUrl(liked, 160) : null }
      : upload && place.image !== null
        ? { label: upload.name, thumbnail: upload.url }
        : null;

  const empty = phase === 'ready' && pictures.length === 0;
  const emptyLibrary = empty && ((home && !filtered) || status?.pictures === 0);
  const stale = phase === 'loading';

  // A message in place of pictures brings its own heading.
  const speaking = empty || phase === 'failed' || search.sampleGone;

  const body = () => {
    if (search.sampleGone) return <SampleGone name={place.image ?? ''} onChoose={goHome} />;
    if (phase === 'failed' && failure) return <Failed failure={failure} onRetry={retry} />;
    if (emptyLibrary)
      return (
        <EmptyLibrary
          onRetry={() => {
            void store.show({ kind: 'browse' });
            refreshStatus();
          }}
        />
      );
    if (empty)
      return (
        <NothingFound
          what={place.query || what.replaceAll(/[“”]/g, '')}
          captions={place.captions}
          filtered={filtered}
          onUnfilter={() => {
            search.narrow({ filter: NO_FILTER });
          }}
          onClear={goHome}
        />
      );
    if (pictures.length === 0) return <Skeleton size={settings.size} width={width} />;
    return (
      <Grid
        pictures={pictures}
        place={place}
        width={width}
        label={what ? `Results for ${what}` : 'Newest pictures'}
        settings={settings}
        scored={scored}
        stale={stale}
        grades={grades}
        onGrade={mode.grade}
        onUndo={mode.undo}
        onOpen={open}
        onLike={like}
        onCopy={copyPath}
        onEnd={more}
        onTop={toSearch}
      />
    );
  };

  const viewerPictures = viewedIndex >= 0 ? pictures : viewed ? [viewed] : [];
  return (
    <>
      <div class="progress" data-shown={stale} aria-hidden="true" />
      <header class="top" data-home={home}>
        <a
          class="wordmark"
          href="/"
          aria-label="glimpse, all pictures"
          onClick={(event) => {
            if (event.ctrlKey || event.metaKey || event.shiftKey) return;
            event.preventDefault();
            goHome();
          }}
        >
          <Mark />
          glimpse
        </a>
        <h1 class={home ? 'headline' : 'visually-hidden'}>{home ? 'Find pictures by describing them' : what}</h1>
        <SearchBar
          text={search.text}
          sample={sample}
          inputRef={input}
          onText={search.type}
          onSubmit={() => {
            if (search.text.trim() || !sample) search.search(search.text);
            if (matchMedia('(hover: none)').matches) input.current?.blur();
          }}
          onClear={() => {
            search.clear();
            input.current?.focus();
          }}
          onFile={search.searchWithFile}
          onLeave={toGrid}
        />
        <SettingsMenu settings={settings} onChange={changeSettings} />
      </header>
      <main>
        {!emptyLibrary && (
          <Chips current={place.query} recent={search.recent} onChoose={search.search} onForget={search.forgetRecent} />
        )}
        <div class="caption">
          {!speaking && (
            <h2>{home ? 'Newest' : place.query ? 'Best matches' : what.charAt(0).toUpperCase() + what.slice(1)}</h2>
          )}
          {place.query !== '' && (place.captions || (status?.captioned ?? 0) > 0) && (
            <Choice
              legend="Search in"
              quiet
              name="in"
              values={['pictures', 'captions'] as const}
              value={place.captions ? 'captions' : 'pictures'}
              onChange={(where) => {
                search.searchIn(where === 'captions');
              }}
            />
          )}
          {!emptyLibrary && (
            <FilterBar
              filter={place.filter}
              byDate={place.byDate}
              otherOrder={home ? 'newest file' : 'best'}
              onFilter={(filter) => {
                search.narrow({ filter });
              }}
              onByDate={(byDate) => {
                search.narrow({ byDate });
              }}
            />
          )}
          {place.query !== '' && !place.captions && status?.judging && (
            <button type="button" class="plain judge-toggle" aria-pressed={mode.on} onClick={mode.toggle}>
              Judge results
            </button>
          )}
          <StatusLine results={results} status={status} />
        </div>
        {mode.judging && <JudgeBar judging={mode.judging} onUndo={mode.undo} />}
        <div ref={main}>{body()}</div>
        {!search.sampleGone && pictures.length > 0 && <End results={results} onMore={more} />}
      </main>
      {viewed && (
        <Viewer
          pictures={viewerPictures}
          index={Math.max(0, viewedIndex)}
          total={viewedIndex >= 0 ? (answer?.total ?? pictures.length) : 1}
          scored={scored && viewedIndex >= 0}
          grades={viewedIndex >= 0 ? grades : null}
          onGrade={mode.grade}
          notice={notice}
          onMove={(index) => {
            const next = viewerPictures[index];
            if (next) turnTo(next);
          }}
          onClose={close}
          onLike={like}
          onCopy={copyPath}
          onNear={near}
        />
      )}
      <DropTarget onFile={search.searchWithFile} onOther={notPicture} />
      <p class="visually-hidden" aria-live="polite">
        {announce(results, what)}
      </p>
      {!viewed && (
        <p class="toast" role="status" data-shown={notice !== ''}>
          {notice}
        </p>
      )}
    </>
  );
}
