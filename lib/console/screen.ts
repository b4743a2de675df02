/** What a screen is to the frame, and what the frame gives every screen. */
import { type ComponentType, createContext } from 'preact';
import { useContext } from 'preact/hooks';
import type { Permission } from '../model/access/permissions.ts';
import type { Session, Status } from './api/calls.ts';

export interface ScreenProps {
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
}

export interface Screen {
  /** `/backups/:id` */
  readonly path: string;
  /** Whoever lacks it is not shown the screen, nor a way to it. */
  readonly needs: Permission;
  readonly alsoNeeds?: Permission;
  /** In the menu, under this name. */
  readonly menu?: {
    readonly name: () => string;
    readonly icon: IconName;
    /** Below what is looked at every day. */
    readonly isAdministration?: true;
  };
  /** Of which screen of the menu it is a part. */
  readonly below?: string;
  readonly title: () => string;
  readonly view: ComponentType<ScreenProps>;
}

export type IconName =
  | 'overview'
  | 'backups'
  | 'restore'
  | 'keys'
  | 'schedules'
  | 'retention'
  | 'notices'
  | 'tokens'
  | 'domains'
  | 'people'
  | 'approvals'
  | 'audit';

export interface Frame {
  readonly session: Session;
  /** Undefined until it is known. */
  readonly status: Status | undefined;
  /** Asks for it now: something was just begun. */
  readonly refreshStatus: () => void;
}

export const FrameContext = createContext<Frame | undefined>(undefined);

/** @throws outside of the frame */
export const useFrame = (): Frame => {
  const frame = useContext(FrameContext);
  if (frame === undefined) throw new Error('shown outside of the frame');
  return frame;
};

/** Whether whoever is signed in may do this anywhere: what they may not is not offered. */
export const useMay = (): ((permission: Permission) => boolean) => {
  const { permissions } = useFrame().session;
  return (permission) => permissions.includes(permission);
};
