// The names the page uses for the shapes in api/openapi.yaml; schema.d.ts is generated from that file.
import type { components } from './schema';

export type Picture = components['schemas']['Picture'];
export type SearchAnswer = components['schemas']['SearchAnswer'];
export type Status = components['schemas']['Status'];
export type Facets = components['schemas']['Facets'];
export type FacetCounts = components['schemas']['FacetCounts'];
export type Judgment = components['schemas']['Judgment'];
export type Judgments = components['schemas']['Judgments'];
export type JudgmentRequest = components['schemas']['JudgmentRequest'];
export type Grade = 0 | 1 | 2 | 3;
export type ErrorBody = components['schemas']['Error'];
