import { useCallback, useEffect, useState } from 'preact/hooks';
import { api } from '../api/client';
import type { Status } from '../api/types';

const RETRY_MS = 2000;

/** The library's state, read at the start and on `refresh`. Errors are left to the results, which meet the same ones. */
export function useStatus(): [Status | null, () => void] {
  const [status, setStatus] = useState<Status | null>(null);
  const refresh = useCallback(() => {
    api.status(AbortSignal.timeout(10_000)).then(setStatus, () => {
      setStatus(null);
    });
  }, []);
  useEffect(refresh, [refresh]);
  return [status, refresh];
}

/** While `gone`, asks every two seconds whether the server is back, and calls `onBack` once it is. */
export function useReturn(gone: boolean, onBack: () => void): void {
  useEffect(() => {
    if (!gone) return;
    const stop = new AbortController();
    const timer = setInterval(() => {
      void api.healthy(AbortSignal.any([stop.signal, AbortSignal.timeout(RETRY_MS)])).then((healthy) => {
        if (healthy && !stop.signal.aborted) onBack();
      });
    }, RETRY_MS);
    return () => {
      stop.abort();
      clearInterval(timer);
    };
  }, [gone, onBack]);
}
