// Zoom and pan of one picture that is fitted into a view. (x, y) is the offset of the picture's centre from the view's
// centre in screen pixels; scale 1 is the fitted size. A picture larger than the view covers it; a smaller one is centred.

export interface Zoom {
  scale: number;
  x: number;
  y: number;
}

export interface Extent {
  width: number;
  height: number;
}

export const UNZOOMED: Zoom = { scale: 1, x: 0, y: 0 };
export const MAX_SCALE = 8;

function clampAxis(offset: number, picture: number, view: number): number {
  const room = Math.max(0, (picture - view) / 2);
  return Math.min(room, Math.max(-room, offset)) + 0;
}

/** The same zoom with its offsets inside what the view allows. `fitted`: the picture's size at scale 1. */
export function clamp(zoom: Zoom, fitted: Extent, view: Extent): Zoom {
  const scale = Math.min(MAX_SCALE, Math.max(1, zoom.scale));
  return {
    scale,
    x: clampAxis(zoom.x, fitted.width * scale, view.width),
    y: clampAxis(zoom.y, fitted.height * scale, view.height),
  };
}

/** Zooms by `factor` so that the picture's point under (px, py), measured from the view's centre, stays there. */
export function zoomAt(zoom: Zoom, factor: number, px: number, py: number, fitted: Extent, view: Extent): Zoom {
  const scale = Math.min(MAX_SCALE, Math.max(1, zoom.scale * factor));
  const ratio = scale / zoom.scale;
  return clamp({ scale, x: px - (px - zoom.x) * ratio, y: py - (py - zoom.y) * ratio }, fitted, view);
}

/** The size of a picture fitted into a view: never cut; enlarged at most `enlarge` times. */
export function fit(picture: Extent, view: Extent, enlarge: number): Extent {
  if (!(picture.width > 0 && picture.height > 0)) return { width: view.width, height: view.height };
  const scale = Math.min(view.width / picture.width, view.height / picture.height, enlarge);
  return { width: picture.width * scale, height: picture.height * scale };
}
