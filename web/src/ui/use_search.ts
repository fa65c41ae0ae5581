// Ties together the address, the results and the words in the field: everything the page does to move to another place.
import { useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks';
import { api, MAX_UPLOAD_BYTES, type Target } from '../api/client';
import type { Picture } from '../api/types';
import { debounce } from '../lib/debounce';
import { Navigation } from '../state/navigation';
import { ResultsStore } from '../state/results';
import { loadRecent, saveRecent, withRecent } from '../state/storage';
import { historyStep, HOME, sameResults, type Place } from '../state/url';
import { useStore } from '../state/use_store';

const TYPING_PAUSE_MS = 150;

interface Upload {
  key: string;
  name: string;
  blob: Blob;
  url: string;
}

const PERSON_SCROLLS = ['wheel', 'touchmove', 'keydown', 'pointerdown'] as const;

export function useSearch(say: (notice: string) => void) {
  const navigation = useMemo(() => new Navigation(), []);
  const store = useMemo(() => new ResultsStore(api), []);
  const uploads = useMemo(() => new Map<string, Upload>(), []);
  const results = useStore(store);
  const [place, setPlace] = useState<Place>(() => navigation.place());
  const [text, setText] = useState(place.query);
  const [recent, setRecent] = useState<string[]>(() => loadRecent(localStorage));
  const pendingScroll = useRef<number | null>(null);
  const placeNow = useRef(place);
  // Where words are looked for, also those that are typed next.
  const inCaptions = useRef(place.captions);

  const upload = navigation.entry.image === null ? null : (uploads.get(navigation.entry.image) ?? null);
  const sampleGone = place.image !== null && upload === null;

  const targetOf = useCallback(
    (wanted: Place): Target | null => {
      const { filter, byDate } = wanted;
      if (wanted.query) {
        return { kind: wanted.captions ? 'captions' : 'words', query: wanted.query, filter, byDate };
      }
      if (wanted.like !== null) return { kind: 'like', id: wanted.like, filter, byDate };
      if (wanted.image === null) return { kind: 'browse', filter, byDate };
      const kept = uploads.get(navigation.entry.image ?? '');
      return kept ? { kind: 'image', key: kept.key, name: kept.name, blob: kept.blob, filter, byDate } : null;
    },
    [navigation, uploads],
  );

  const settle = useCallback((next: Place) => {
    placeNow.current = next;
    if (next.query) inCaptions.current = next.captions;
    setPlace(next);
  }, []);

  /** Nowhere, but the filter and the order stay as they are. */
  const bare = useCallback((): Place => {
    const { filter, byDate } = placeNow.current;
    return { ...HOME, filter, byDate };
  }, []);

  const wordsPlace = useCallback(
    (query: string): Place => ({ ...bare(), query, captions: query !== '' && inCaptions.current }),
    [bare],
  );

  const remember = useCallback((query: string) => {
    if (!query) return;
    setRecent((known) => {
      const next = withRecent(known, query);
      saveRecent(localStorage, next);
      return next;
    });
  }, []);

  /** Moves to other results. `typing`: by letters that may be followed by more. */
  const go = useCallback(
    (next: Place, options: { typing?: boolean; image?: string } = {}) => {
      const typing = options.typing ?? false;
      navigation.remember(store.get().pictures.length);
      const { draft } = navigation.entry;
      // Sealing what was typed (Enter) stays on its entry.
      const how = draft && sameResults(next, placeNow.current) ? 'replace' : historyStep(draft, typing);
      const again = sameResults(next, placeNow.current) && !options.image;
      navigation.enter(next, again ? 'replace' : how, {
        draft: typing,
        image: options.image ?? (again ? navigation.entry.image : null),
      });
      settle(next);
      if (again && store.get().phase === 'ready') return;
      const target = targetOf(next);
      if (!target) return;
      pendingScroll.current = 0;
      void store.show(target);
    },
    [navigation, store, settle, targetOf],
  );

  const typed = useMemo(
    () =>
      debounce(TYPING_PAUSE_MS, (value: string) => {
        const query = value.trim();
        if (query !== placeNow.current.query || placeNow.current.like !== null || placeNow.current.image !== null) {
          go(wordsPlace(query), { typing: true });
        }
      }),
    [go, wordsPlace],
  );

  const search = useCallback(
    (query: string) => {
      typed.cancel();
      setText(query);
      remember(query.trim());
      go(wordsPlace(query.trim()));
    },
    [typed, remember, go, wordsPlace],
  );

  /** Looks for the same words elsewhere. */
  const searchIn = useCallback(
    (captions: boolean) => {
      typed.cancel();
      inCaptions.current = captions;
      go(wordsPlace(placeNow.current.query));
    },
    [typed, go, wordsPlace],
  );

  /** Shows the same search among other pictures, or in another order. */
  const narrow = useCallback(
    (change: Partial<Pick<Place, 'filter' | 'byDate'>>) => {
      typed.cancel();
      const { image } = navigation.entry;
      go({ ...placeNow.current, ...change, view: null }, image === null ? {} : { image });
    },
    [typed, go, navigation],
  );

  /** All pictures that the filter lets through. */
  const clear = useCallback(() => {
    typed.cancel();
    setText('');
    go(bare());
  }, [typed, go, bare]);

  const type = useCallback(
    (value: string) => {
      setText(value);
      typed(value);
    },
    [typed],
  );

  const searchWithFile = useCallback(
    (file: File) => {
      if (file.type !== '' && !file.type.startsWith('image/')) {
        say(`${file.name || 'That'} is not a picture`);
        return;
      }
      if (file.size > MAX_UPLOAD_BYTES) {
        say(`${file.name} is larger than ${String(MAX_UPLOAD_BYTES / 1024 / 1024)} MB`);
        return;
      }
      typed.cancel();
      setText('');
      const key = String(uploads.size + 1);
      const name = file.name || 'pasted picture';
      uploads.set(key, { key, name, blob: file, url: URL.createObjectURL(file) });
      go({ ...bare(), image: name }, { image: key });
    },
    [typed, uploads, go, say, bare],
  );

  const like = useCallback(
    (picture: Picture) => {
      typed.cancel();
      setText('');
      go({ ...bare(), like: picture.id });
    },
    [typed, go, bare],
  );

  const open = useCallback(
    (picture: Picture) => {
      remember(placeNow.current.query);
      navigation.remember(store.get().pictures.length);
      const next = { ...placeNow.current, view: picture.id };
      navigation.enter(next, 'push', { opened: true, image: navigation.entry.image });
      settle(next);
    },
    [navigation, store, remember, settle],
  );

  const turnTo = useCallback(
    (picture: Picture) => {
      const next = { ...placeNow.current, view: picture.id };
      const { opened, image } = navigation.entry;
      navigation.enter(next, 'replace', { opened, image });
      settle(next);
    },
    [navigation, settle],
  );

  const close = useCallback(() => {
    if (navigation.entry.opened) {
      history.back();
      return;
    }
    const next = { ...placeNow.current, view: null };
    navigation.enter(next, 'replace', { image: navigation.entry.image });
    settle(next);
  }, [navigation, settle]);

  const forgetRecent = useCallback(() => {
    saveRecent(localStorage, []);
    setRecent([]);
  }, []);

  // The first results, those after Back and Forward, and the scroll positions of both.
  useEffect(() => {
    const restore = (kept: boolean) => {
      const target = targetOf(placeNow.current);
      const scrolled = navigation.recall();
      pendingScroll.current = scrolled?.y ?? 0;
      if (target) void store.show(target, { kept, atLeast: scrolled?.pictures ?? 0 });
    };
    const onPopState = (event: PopStateEvent) => {
      typed.cancel();
      navigation.remember(store.get().pictures.length);
      navigation.arrived(event.state);
      const next = navigation.place();
      const same = sameResults(next, placeNow.current);
      settle(next);
      if (same) return;
      setText(next.query);
      restore(true);
    };
    const onHide = () => {
      navigation.remember(store.get().pictures.length);
      navigation.store();
    };
    restore(false);
    window.addEventListener('popstate', onPopState);
    window.addEventListener('pagehide', onHide);
    return () => {
      window.removeEventListener('popstate', onPopState);
      window.removeEventListener('pagehide', onHide);
    };
  }, [navigation, store, typed, targetOf, settle]);

  // The page may still be too short for the position, as before the grid knows its width: it is taken again with each
  // change of height, until it fits or a person scrolls.
  const scrollToPending = useCallback(() => {
    if (store.get().phase !== 'ready' || pendingScroll.current === null) return;
    const wanted = pendingScroll.current;
    window.scrollTo(0, wanted);
    if (document.documentElement.scrollHeight - window.innerHeight >= wanted) pendingScroll.current = null;
  }, [store]);

  useLayoutEffect(scrollToPending, [results, scrollToPending]);

  useEffect(() => {
    const forget = () => {
      if (store.get().phase === 'ready') pendingScroll.current = null;
    };
    const observer = new ResizeObserver(scrollToPending);
    observer.observe(document.body);
    for (const kind of PERSON_SCROLLS) window.addEventListener(kind, forget, { passive: true });
    return () => {
      observer.disconnect();
      for (const kind of PERSON_SCROLLS) window.removeEventListener(kind, forget);
    };
  }, [store, scrollToPending]);

  return {
    store,
    results,
    place,
    text,
    recent,
    upload,
    sampleGone,
    type,
    search,
    searchIn,
    narrow,
    clear,
    searchWithFile,
    like,
    open,
    turnTo,
    close,
    go,
    forgetRecent,
  };
}
