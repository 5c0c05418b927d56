import { useState } from 'react';
import type { FaultKindView, FaultParameterView } from '../../../src/control/contract/views.ts';
import { api } from '../live/api.ts';
import { usePage } from '../live/store.ts';
import { Problem } from '../parts/problem.tsx';
import { useSubmission } from '../parts/submit.ts';

type Values = Readonly<Record<string, string | number | boolean>>;

/** Switches a kind of fault on, with its parameters and whom it hits. */
export function FaultForm({ kind }: { kind: FaultKindView }) {
  const { world } = usePage();
  const [values, setValues] = useState<Values>(() =>
    Object.fromEntries(kind.parameters.map(({ name, example }) => [name, example])),
  );
  const [account, setAccount] = useState('');
  const [times, setTimes] = useState('');
  const { isBusy, problem, onSubmit } = useSubmission();
  const add = () =>
    api.addFault({
      kind: kind.kind,
      ...Object.fromEntries(Object.entries(values).filter(([, value]) => value !== '')),
      ...(account ? { account } : {}),
      ...(times ? { times: Number(times) } : {}),
    });
  return (
    <form onSubmit={onSubmit(add)}>
      <div className="fields">
        {kind.parameters.map((parameter) => (
          <Parameter
            key={parameter.name}
            parameter={parameter}
            value={values[parameter.name] ?? ''}
            onChange={(value) => setValues({ ...values, [parameter.name]: value })}
          />
        ))}
        <label>
          Whom
          <select value={account} onChange={(event) => setAccount(event.target.value)}>
            <option value="">Everybody</option>
            {[...world.accounts.values()].map(({ number, name }) => (
              <option key={number} value={number}>
                {name}
              </option>
            ))}
          </select>
        </label>
        <label>
          How often
          <input
            type="number"
            min={1}
            value={times}
            placeholder="Until switched off"
            onChange={(event) => setTimes(event.target.value)}
          />
        </label>
      </div>
      <Problem text={problem} />
      <button type="submit" className="primary" disabled={isBusy}>
        Switch on
      </button>
    </form>
  );
}

interface ParameterProps {
  parameter: FaultParameterView;
  value: string | number | boolean;
  onChange: (value: string | number | boolean) => void;
}

function Parameter({ parameter, value, onChange }: ParameterProps) {
  const { name, type, choices, isOptional } = parameter;
  const label = isOptional ? `${name} (optional)` : name;
  if (type === 'boolean') {
    return (
      <label className="switch">
        <input
          type="checkbox"
          role="switch"
          checked={value === true}
          onChange={(event) => onChange(event.target.checked)}
        />
        <span>{label}</span>
      </label>
    );
  }
  const list = choices.length > 0 ? `choices-of-${name}` : undefined;
  return (
    <label>
      {label}
      <input
        type={type === 'integer' ? 'number' : 'text'}
        value={String(value)}
        list={list}
        required={!isOptional}
        onChange={({ target }) => {
          onChange(type === 'integer' && target.value !== '' ? Number(target.value) : target.value);
        }}
      />
      {list && (
        <datalist id={list}>
          {choices.map((choice) => (
            <option key={choice} value={choice} />
          ))}
        </datalist>
      )}
    </label>
  );
}
