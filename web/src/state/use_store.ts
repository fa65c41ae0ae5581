import { useEffect, useState } from 'preact/hooks';

/** A store's present value; the component is drawn again whenever it changes. */
export function useStore<T>(store: { get(): T; subscribe(listener: () => void): () => void }): T {
  const [value, setValue] = useState(store.get());
  useEffect(() => {
    const update = () => {
      setValue(store.get());
    };
    update();
    return store.subscribe(update);
  }, [store]);
  return value;
}
