import { useEffect, useState } from 'preact/hooks';
import { api } from '../api/client';
import type { Facets } from '../api/types';

/** What there is to filter by, asked for whenever `wanted` becomes true; null until then, and when it cannot be had. */
export function useFacets(wanted: boolean): Facets | null {
  const [facets, setFacets] = useState<Facets | null>(null);
  useEffect(() => {
    if (!wanted) return;
    const stop = new AbortController();
    api.facets(stop.signal).then(setFacets, () => undefined);
    return () => {
      stop.abort();
    };
  }, [wanted]);
  return facets;
}
