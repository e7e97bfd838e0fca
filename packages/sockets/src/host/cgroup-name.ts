/** What a cgroup's path says of what runs in it. */
export interface CgroupName {
  /** The innermost systemd unit: `nginx.service`, `session-3.scope`. */
  readonly unit: string | undefined
  /** The container's id, 64 hexadecimal digits, or its name, as the engine that made it put it there: Docker, Podman, containerd, CRI-O, LXC, systemd-nspawn. */
  readonly container: string | undefined
}

const unit = /^[^/]+\.(?:service|scope|socket|mount|swap)$/
/** How engines name a container's directory. */
const containers = [
  /^(?:docker|libpod|crio|cri-containerd)-([0-9a-f]{64})\.scope$/,
  /^([0-9a-f]{64})$/,
  /^lxc\.payload\.(.+)$/,
  /^machine-(.+)\.scope$/,
]

/**
 * What a path says: `/system.slice/nginx.service`.
 *
 * @example
 * import { cgroupName } from '@nfkit/sockets'
 *
 * console.log(cgroupName('/user.slice/user-1000.slice/user@1000.service/app.slice/firefox.scope').unit) // firefox.scope
 */
export function cgroupName(path: string): CgroupName {
  const parts = path.split('/').reverse()
  const container = parts
    .flatMap((part) => containers.map((pattern) => pattern.exec(part)?.[1]))
    .find((id) => id !== undefined)
  return { unit: parts.find((part) => unit.test(part)), container }
}
