/** What a screen tells the frame, and what the frame gives every screen. */
import { type ComponentType, createContext } from 'preact';
import { useContext } from 'preact/hooks';
import type { Permission } from '../model/access/permissions.ts';
import type { Session, Status } from './api/calls.ts';

export interface ScreenProps {
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
}

export interface Screen {
  /** For example `/backups/:id`. */
  readonly path: string;
  /** People without this permission see neither the screen nor a link to it. */
  readonly needs: Permission;
  readonly alsoNeeds?: Permission;
  /** The entry in the menu, for a screen that has one. */
  readonly menu?: {
    readonly name: () => string;
    readonly icon: IconName;
    /** Whether it is in the lower part of the menu, below what people look at every day. */
    readonly isAdministration?: true;
  };
  /** The path of the screen in the menu that this one belongs to. */
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
  /** Asks for the status at once, because something was just begun. */
  readonly refreshStatus: () => void;
}

export const FrameContext = createContext<Frame | undefined>(undefined);

/** @throws if it is called outside of the frame */
export const useFrame = (): Frame => {
  const frame = useContext(FrameContext);
  if (frame === undefined) throw new Error('shown outside of the frame');
  return frame;
};

/** Tells whether the person has a permission anywhere. The page does not offer what they may not do. */
export const useMay = (): ((permission: Permission) => boolean) => {
  const { permissions } = useFrame().session;
  return (permission) => permissions.includes(permission);
};
