export function loadAddon(root: string): unknown
