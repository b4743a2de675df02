/**
 * The status of the installation, kept up to date while the page is shown. The screens hear of the changes that it
 * reports.
 */
import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import type { Session, Status } from '../api/calls.ts';
import { hear } from '../api/heard.ts';
import type { Loaded } from '../api/live.ts';
import { StatusWatch, type Told } from '../api/watch.ts';

const nothing: Told = { status: undefined, problem: undefined, atOnce: false };

export const useStatus = (session: Session): Loaded<Status> => {
  const [told, setTold] = useState(nothing);
  const watch = useRef<StatusWatch | undefined>(undefined);
  useEffect(() => {
    watch.current = new StatusWatch(session.principal.id, (next) => {
      hear(next.status?.changed ?? null, next.atOnce);
      setTold(next);
    });
    return () => {
      watch.current?.end();
      hear(null, false);
    };
  }, [session]);
  const reload = useCallback(() => watch.current?.now(), []);
  return { value: told.status, problem: told.problem, reload };
};
