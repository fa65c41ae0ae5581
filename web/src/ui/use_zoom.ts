// Wheel, pinch, drag, swipe and double click on the large picture, turned into a Zoom.
import type { RefObject } from 'preact';
import { useCallback, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { clamp, fit, UNZOOMED, zoomAt, type Extent, type Zoom } from '../lib/zoom';

const SWIPE = 60;
/** Small pictures are enlarged, but not until they are only a blur. */
const ENLARGE = 2;

interface Gestures {
  onSwipe(step: 1 | -1): void;
  onPullDown(): void;
  /** A click or tap beside the picture. */
  onBeside(): void;
}

const spread = (points: { x: number; y: number }[]): number => {
  const [a, b] = points;
  return a && b ? Math.hypot(a.x - b.x, a.y - b.y) : 1;
};

export function useZoom(
  stage: RefObject<HTMLElement | null>,
  picture: Extent,
  { onSwipe, onPullDown, onBeside }: Gestures,
) {
  const [view, setView] = useState<Extent>({ width: 0, height: 0 });
  const [zoom, setZoom] = useState<Zoom>(UNZOOMED);
  const pointers = useRef(new Map<number, { x: number; y: number }>());
  const start = useRef({ x: 0, y: 0, pinched: false, beside: false });
  const fitted = fit(picture, view, ENLARGE);

  useLayoutEffect(() => {
    const element = stage.current;
    if (!element) return;
    const measure = () => {
      setView({ width: element.clientWidth, height: element.clientHeight });
    };
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    return () => {
      observer.disconnect();
    };
  }, [stage]);

  const reset = useCallback(() => {
    setZoom(UNZOOMED);
  }, []);

  const fromCentre = (x: number, y: number): [number, number] => {
    const bounds = stage.current?.getBoundingClientRect();
    return bounds ? [x - bounds.left - bounds.width / 2, y - bounds.top - bounds.height / 2] : [0, 0];
  };
  const by = (factor: number, x = 0, y = 0) => {
    setZoom((now) => zoomAt(now, factor, x, y, fitted, view));
  };
  const pan = (dx: number, dy: number) => {
    setZoom((now) => clamp({ ...now, x: now.x + dx, y: now.y + dy }, fitted, view));
  };

  const handlers = {
    onWheel(event: WheelEvent) {
      event.preventDefault();
      by(Math.exp(-event.deltaY * (event.deltaMode === 1 ? 0.05 : 0.002)), ...fromCentre(event.clientX, event.clientY));
    },
    onDblClick(event: MouseEvent) {
      if (zoom.scale > 1) reset();
      else by(3, ...fromCentre(event.clientX, event.clientY));
    },
    onPointerDown(event: PointerEvent) {
      if (event.button !== 0) return;
      (event.currentTarget as Element).setPointerCapture(event.pointerId);
      pointers.current.set(event.pointerId, { x: event.clientX, y: event.clientY });
      const beside = event.target === event.currentTarget;
      if (pointers.current.size === 1) start.current = { x: event.clientX, y: event.clientY, pinched: false, beside };
      else start.current.pinched = true;
    },
    onPointerMove(event: PointerEvent) {
      const before = pointers.current.get(event.pointerId);
      if (!before) return;
      const old = spread([...pointers.current.values()]);
      pointers.current.set(event.pointerId, { x: event.clientX, y: event.clientY });
      const now = [...pointers.current.values()];
      const [a, b] = now;
      if (a && b) by(spread(now) / old, ...fromCentre((a.x + b.x) / 2, (a.y + b.y) / 2));
      else if (zoom.scale > 1) pan(event.clientX - before.x, event.clientY - before.y);
    },
    onPointerUp(event: PointerEvent) {
      if (!pointers.current.delete(event.pointerId) || pointers.current.size > 0) return;
      const dx = event.clientX - start.current.x;
      const dy = event.clientY - start.current.y;
      if (start.current.pinched) return;
      if (start.current.beside && Math.hypot(dx, dy) < 6) onBeside();
      if (zoom.scale > 1) return;
      if (Math.abs(dx) > SWIPE && Math.abs(dx) > Math.abs(dy)) onSwipe(dx < 0 ? 1 : -1);
      else if (dy > SWIPE * 1.5 && event.pointerType !== 'mouse') onPullDown();
    },
    onPointerCancel(event: PointerEvent) {
      pointers.current.delete(event.pointerId);
    },
  };
  return { zoom, fitted, by, pan, reset, handlers };
}
