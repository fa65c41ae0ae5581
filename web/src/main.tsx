import { render } from 'preact';
import { App } from './app';
import './styles/page.css';
import './styles/grid.css';
import './styles/judging.css';
import './styles/viewer.css';
import './styles/filter.css';

const page = document.getElementById('page');
if (page) {
  render(<App />, page);
  document.querySelector<HTMLInputElement>('.search-input')?.focus({ preventScroll: true });
}
