// Line icons on a 24-pixel grid, drawn for this page. Always decorative: the control around them carries the name.
import type { ComponentChildren } from 'preact';

function Icon({ children }: { children: ComponentChildren }) {
  return (
    <svg class="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false">
      {children}
    </svg>
  );
}

export const SearchIcon = () => (
  <Icon>
    <circle cx="10.5" cy="10.5" r="6.5" />
    <path d="m15.5 15.5 5 5" />
  </Icon>
);
export const PictureIcon = () => (
  <Icon>
    <rect x="3" y="4.5" width="18" height="15" rx="3" />
    <circle cx="8.5" cy="9.5" r="1.5" />
    <path d="m4 17.5 5-4.5 3 2.5 4.5-4.5 4 4" />
  </Icon>
);
export const LikeIcon = () => (
  <Icon>
    <rect x="3" y="3" width="12" height="12" rx="3" />
    <path d="M19 8.5a2 2 0 0 1 2 2V18a3 3 0 0 1-3 3h-7.5a2 2 0 0 1-2-2" />
  </Icon>
);
export const CloseIcon = () => (
  <Icon>
    <path d="M6 6l12 12M18 6 6 18" />
  </Icon>
);
export const FilterIcon = () => (
  <Icon>
    <path d="M4 6h16M7 12h10M10 18h4" />
  </Icon>
);
export const SettingsIcon = () => (
  <Icon>
    <path d="M4 8h8m6 0h2M4 16h2m6 0h8" />
    <circle cx="15" cy="8" r="2.5" />
    <circle cx="9" cy="16" r="2.5" />
  </Icon>
);
export const ClockIcon = () => (
  <Icon>
    <circle cx="12" cy="12" r="8.5" />
    <path d="M12 7.5V12l3 2" />
  </Icon>
);
export const DownloadIcon = () => (
  <Icon>
    <path d="M12 4v11m-4.5-4L12 15.5 16.5 11M5 20h14" />
  </Icon>
);
export const CopyIcon = () => (
  <Icon>
    <rect x="8.5" y="8.5" width="12" height="12" rx="2.5" />
    <path d="M15.5 5.5a2 2 0 0 0-2-2h-7.5a2.5 2.5 0 0 0-2.5 2.5v7.5a2 2 0 0 0 2 2" />
  </Icon>
);
export const InfoIcon = () => (
  <Icon>
    <circle cx="12" cy="12" r="8.5" />
    <path d="M12 11v5.5M12 7.5v.5" />
  </Icon>
);
export const PlusIcon = () => (
  <Icon>
    <path d="M12 5v14M5 12h14" />
  </Icon>
);
export const MinusIcon = () => (
  <Icon>
    <path d="M5 12h14" />
  </Icon>
);
export const LeftIcon = () => (
  <Icon>
    <path d="m14.5 5-7 7 7 7" />
  </Icon>
);
export const RightIcon = () => (
  <Icon>
    <path d="m9.5 5 7 7-7 7" />
  </Icon>
);
export const UnpluggedIcon = () => (
  <Icon>
    <path d="M9 3v5m6-5v5M6.5 8h11v3.5a5.5 5.5 0 0 1-5.5 5.5 5.5 5.5 0 0 1-5.5-5.5V8ZM12 17v4" />
  </Icon>
);
export const WarningIcon = () => (
  <Icon>
    <path d="M12 4 2.5 20h19L12 4ZM12 10v5m0 2.5v.2" />
  </Icon>
);

export const Mark = () => (
  <svg class="mark" viewBox="0 0 32 32" aria-hidden="true" focusable="false">
    <path class="mark-eye" d="M2 16C6 8.5 10.5 5 16 5s10 3.5 14 11c-4 7.5-8.5 11-14 11S6 23.5 2 16Z" />
    <circle class="mark-iris" cx="16" cy="16" r="7" />
    <circle class="mark-pupil" cx="18" cy="14" r="4" />
  </svg>
);
