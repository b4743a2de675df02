import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { FolderObjectStore } from '../../../lib/adapters/local/store/folder-object-store.ts';
import { describeJoining } from '../../contract/joining.ts';
import { temporaryFolders } from './temporary-folder.ts';

const newFolder = temporaryFolders();

describeJoining('folder', async () => {
  const folder = join(await newFolder(), 'archives');
  const opened: FolderObjectStore[] = [];
  const open = () => {
    const store = new FolderObjectStore({ folder, backupPaths: [] });
    opened.push(store);
    return store;
  };
  return {
    store: open(),
    reopen: async () => open(),
    sizes: [300, 70_000, 10, 0, 5_000_000, 200_000, 1],
    leftovers: async () => (await readdir(folder)).filter((name) => name.startsWith('.')),
    close: async () => {
      for (const store of opened) await store.close();
    },
  };
});
