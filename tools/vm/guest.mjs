/** A throw-away virtual machine with a stock kernel and this machine's files. */
import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { env } from 'node:process'
import { files } from './kernel.mjs'
import { prepared } from './prepare.mjs'

/** As few devices as will do, for a quick boot. */
const machine = [
  '-machine',
  'q35,sata=off,smbus=off,usb=off,vmport=off,hpet=off',
  '-cpu',
  'max',
  '-nodefaults',
  '-no-user-config',
  '-display',
  'none',
  '-no-reboot',
]
/** An emulated time stamp counter is measured wrongly on a busy host, and time would run up to ten times too fast. */
const clock = 'clocksource=acpi_pm tsc=unstable'
/** Nor is a timer broken that comes late. */
const timer = 'no_timer_check'
const cmdline = `console=ttyS0 quiet panic=-1 mitigations=off nokaslr random.trust_cpu=on audit=0 ${timer} ${clock}`

/**
 * Run a shell command as root in a guest. It sees the host's files at the same paths, read-only, under an overlay that is
 * thrown away; what it leaves in `$VM_OUTPUT` comes back in `output`. What it prints goes to `onOutput`.
 *
 * Resolves to its exit code and the seconds the boot and the command took; rejects when the guest does not finish in time, with
 * the last lines of its console. The guest never outlives the call, nor this process.
 */
export async function runInGuest(command, options = {}) {
  const {
    kernel = '6.1',
    timeoutSeconds = 300,
    memory = 1024,
    processors = 1,
    modules = [],
    directory = process.cwd(),
  } = options
  const { environment = {}, onOutput = (text) => process.stdout.write(text) } = options
  if (!prepared(kernel)) throw new Error(`kernel ${kernel} is not prepared: run node tools/vm/prepare.mjs ${kernel}`)
  const work = mkdtempSync(join(tmpdir(), 'nfkit-vm-'))
  const output = options.output ?? join(work, 'output')
  try {
    mkdirSync(output, { recursive: true })
    mkdirSync(join(work, 'control'))
    writeFileSync(join(work, 'control/guest.sh'), script({ kernel, command, modules, directory, environment }))
    const serial = join(work, 'serial')
    const started = Date.now()
    const ended = await run(arguments_({ kernel, memory, processors, work, output, serial }), {
      timeoutSeconds,
      onOutput,
    })
    const read = (name) => {
      const path = join(work, 'control', name)
      return existsSync(path) ? readFileSync(path, 'utf8').trim() : undefined
    }
    const code = read('code')
    if (code === undefined || code === '') {
      const console_ = existsSync(serial) ? readFileSync(serial, 'utf8').trim().split('\n').slice(-20).join('\n') : ''
      throw new Error(`the guest with kernel ${kernel} ${ended}; its console:\n${console_}`)
    }
    const seconds = (Date.now() - started) / 1000
    const commandSeconds = Number(read('end')) - Number(read('start'))
    return { code: Number(code), seconds, bootSeconds: seconds - commandSeconds, commandSeconds }
  } finally {
    rmSync(work, { recursive: true, force: true })
  }
}

function script({ kernel, command, modules, directory, environment }) {
  const variables = { ...environment, VM_OUTPUT: '/mnt/output', VM_KERNEL: kernel }
  return [
    'export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LANG=C.UTF-8',
    ...Object.entries(variables).map(([name, value]) => `export ${name}=${quoted(value)}`),
    `mkdir -p /lib/modules; mount --bind ${quoted(join(files(kernel).tree, 'lib/modules'))} /lib/modules`,
    'stty raw -echo < /dev/hvc0',
    'ip link set lo up; hostname guest',
    // One by one: a kernel may lack one of them, and the command says so better than a failing boot.
    ...modules.map((name) => `modprobe -q ${quoted(name)}`),
    `cd ${quoted(directory)}`,
    'read now _ < /proc/uptime; echo $now > /mnt/control/start',
    `setsid -w bash -c ${quoted(command)} < /dev/null 2>&1 | cat > /dev/hvc0; code=\${PIPESTATUS[0]}`,
    'read now _ < /proc/uptime; echo $now > /mnt/control/end; echo $code > /mnt/control/code',
    'sync; echo o > /proc/sysrq-trigger; sleep 10',
    '',
  ].join('\n')
}

const quoted = (text) => `'${String(text).replaceAll("'", `'\\''`)}'`

function arguments_({ kernel, memory, processors, work, output, serial }) {
  const { vmlinux, initramfs } = files(kernel)
  const share = (tag, path, more = '') => [
    ...['-fsdev', `local,id=${tag},path=${path},security_model=none${more}`],
    ...['-device', `virtio-9p-pci,fsdev=${tag},mount_tag=${tag}`],
  ]
  return [
    ...machine,
    ...['-accel', env.NFKIT_VM_ACCEL ?? 'tcg,thread=multi,tb-size=512'],
    ...['-m', `${memory}`, '-smp', `${processors}`, '-kernel', vmlinux, '-initrd', initramfs, '-append', cmdline],
    ...['-serial', `file:${serial}`, '-device', 'virtio-serial-pci'],
    ...['-chardev', 'stdio,id=console,signal=off', '-device', 'virtconsole,chardev=console'],
    ...['-object', 'rng-random,filename=/dev/urandom,id=random', '-device', 'virtio-rng-pci,rng=random'],
    ...share('host', '/', ',readonly=on,multidevs=remap'),
    ...share('control', join(work, 'control')),
    ...share('output', output),
  ]
}

/** Resolves to how it ended: the guest's own word is in its files. */
function run(args, { timeoutSeconds, onOutput }) {
  return new Promise((resolve, reject) => {
    const qemu = spawn('qemu-system-x86_64', args, { stdio: ['ignore', 'pipe', 'pipe'] })
    const kill = () => qemu.kill('SIGKILL')
    const stop = (signal) => {
      kill()
      process.kill(process.pid, signal)
    }
    let ended = 'stopped without a word'
    let complaint = ''
    const timer = setTimeout(() => {
      ended = `did not finish within ${timeoutSeconds} s`
      kill()
    }, timeoutSeconds * 1000)
    const signals = ['SIGINT', 'SIGTERM', 'SIGHUP']
    process.once('exit', kill)
    for (const signal of signals) process.once(signal, stop)
    qemu.stdout.setEncoding('utf8').on('data', onOutput)
    qemu.stderr.setEncoding('utf8').on('data', (text) => {
      complaint = `${complaint}${text}`.slice(-2000)
    })
    qemu.once('error', reject)
    qemu.once('close', (code) => {
      clearTimeout(timer)
      process.removeListener('exit', kill)
      for (const signal of signals) process.removeListener(signal, stop)
      // Processors without every feature asked for are only warned about.
      resolve(code === 0 || code === null ? ended : `ended with ${code}: ${complaint.trim()}`)
    })
  })
}
