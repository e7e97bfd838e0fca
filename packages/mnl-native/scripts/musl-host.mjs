import { execFileSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const run = (command, args) => execFileSync(command, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })

const musl = { x64: 'x86_64', arm64: 'aarch64' }

/** The libraries an addon names, by how their functions begin. What is neither theirs nor Node's has to be musl's. */
const libraries = { 'libmnl.so.0': /^mnl_/, 'libstdc++.so.6': /^(_Z|__cxa_pure_virtual$|__gxx_)/ }
const node = /^(napi|node_api|uv)_/

/**
 * Build a program for musl that loads an addon at once (RTLD_NOW) and has it register: what Node and the libraries would bring
 * is there in name only. Returns the words to run it with; it prints what the addon asked Node for.
 */
export function muslHost({ arch, triple, tree, addon, directory, emulator }) {
  mkdirSync(directory, { recursive: true })
  const asked = run(`${triple}-nm`, ['-D', '--undefined-only', addon])
    .split('\n')
    .flatMap((line) => /^\s+U (\w+)/.exec(line)?.[1] ?? [])
  for (const [name, pattern] of Object.entries(libraries)) {
    const source = join(directory, `${name}.c`)
    writeFileSync(
      source,
      asked
        .filter((one) => pattern.test(one))
        .map(standIn)
        .join('\n'),
    )
    run(`${triple}-gcc`, ['-shared', '-fPIC', '-nostdlib', `-Wl,-soname,${name}`, '-o', join(directory, name), source])
  }
  const libc = join(tree, 'usr/lib', `${musl[arch]}-linux-musl`)
  const loader = join(tree, 'lib', `ld-musl-${musl[arch]}.so.1`)
  const source = join(directory, 'host.c')
  writeFileSync(source, host(asked.filter((one) => node.test(one))))
  run(`${triple}-gcc`, [
    ...['-nostdinc', '-isystem', join(tree, 'usr/include', `${musl[arch]}-linux-musl`), '-nostdlib', '-rdynamic'],
    ...['-fPIE', '-pie', '-o', join(directory, 'host'), join(libc, 'Scrt1.o'), join(libc, 'crti.o'), source],
    ...[loader, join(libc, 'crtn.o'), `-Wl,-dynamic-linker,${loader}`],
  ])
  return [...emulator, loader, '--library-path', directory, join(directory, 'host'), addon]
}

/** Memory is real, the rest does nothing. */
const standIn = (name) =>
  /^_Zn[wa]m$/.test(name)
    ? `extern void *malloc(unsigned long); void *${name}(unsigned long n) { return malloc(n); }`
    : `int ${name.replace(/\W/g, '')}(void) { return 0; }`

const host = (functions) => `#include <dlfcn.h>
#include <stdio.h>
${functions.map((name) => `int ${name}(void) { puts("${name}"); return 0; }`).join('\n')}
int main(int argc, char **argv) {
  void *addon = dlopen(argv[1], RTLD_NOW);
  if (!addon) return fprintf(stderr, "%s\\n", dlerror()), 1;
  void *(*start)(void *, void *) = (void *(*)(void *, void *))dlsym(addon, "napi_register_module_v1");
  if (!start) return fprintf(stderr, "%s\\n", dlerror()), 1;
  static char env, exports;
  return start(&env, &exports) == 0;
}
`
