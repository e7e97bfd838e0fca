import { type Profile, profiles } from '@nfkit/simulator'

export { type Profile, profiles }

/** The profile that says what a kernel of this release does; `glue` is whether it was built with CONFIG_NETFILTER_NETLINK_GLUE_CT. */
export function profileOf(release: string, glue: boolean): Profile {
  const [major = 0, minor = 0] = release.split(/[.-]/).map(Number)
  const version = major * 1000 + minor
  const base =
    version >= 7003
      ? profiles['debian-7.3']
      : version >= 7002
        ? profiles['7.2']
        : version >= 6013
          ? profiles['6.18']
          : version >= 6008
            ? profiles['debian-6.12']
            : profiles['debian-6.1']
  return base.glue === glue ? base : { ...base, glue, userHelpers: glue && base.userHelpers }
}
