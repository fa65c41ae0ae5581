interface ChoiceProperties<T extends string> {
  legend: string;
  /** Only for those who cannot see what the choice belongs to. */
  quiet?: boolean;
  name: string;
  values: readonly T[];
  value: T;
  onChange(value: T): void;
}

/** One of a few values, side by side. */
export function Choice<T extends string>({
  legend,
  quiet = false,
  name,
  values,
  value,
  onChange,
}: ChoiceProperties<T>) {
  return (
    <fieldset class="choice">
      <legend class={quiet ? 'visually-hidden' : undefined}>{legend}</legend>
      <div class="segments">
        {values.map((option) => (
          <label key={option}>
            <input
              type="radio"
              name={name}
              value={option}
              checked={option === value}
              onChange={() => {
                onChange(option);
              }}
            />
            <span>{option}</span>
          </label>
        ))}
      </div>
    </fieldset>
  );
}
