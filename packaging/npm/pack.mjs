#!/usr/bin/env node
// Makes the npm packages of a release: packaging/npm/pack.mjs VERSION DIST OUT. DIST is what
// packaging/build has made; OUT gets a tarball for tattle-server and for each platform in
// DIST. The version goes into tattle-server, which depends on exactly these.
import { execFileSync } from 'node:child_process'
import { chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

const here = dirname(fileURLToPath(import.meta.url))
const [version, dist, out] = process.argv.slice(2)
if (!out) {
  console.error('usage: packaging/npm/pack.mjs VERSION DIST OUT')
  process.exit(2)
}

// Go's names of the platforms, and Node's.
const platforms = [
  ['linux-amd64', 'linux', 'x64'], ['linux-arm64', 'linux', 'arm64'],
  ['darwin-amd64', 'darwin', 'x64'], ['darwin-arm64', 'darwin', 'arm64'],
  ['windows-amd64', 'win32', 'x64'], ['windows-arm64', 'win32', 'arm64'],
]
const nameOf = ([, os, cpu]) => `@tattle-server/${os}-${cpu}`
const main = JSON.parse(readFileSync(join(here, 'tattle-server/package.json'), 'utf8'))
const work = mkdtempSync(join(tmpdir(), 'tattle-npm-'))
mkdirSync(out, { recursive: true })

function pack(folder, manifest) {
  writeFileSync(join(folder, 'package.json'), JSON.stringify(manifest, null, 2) + '\n')
  execFileSync('npm', ['pack', '--silent', '--pack-destination', resolve(out)], { cwd: folder, shell: process.platform === 'win32' })
}

for (const platform of platforms) {
  const [go, os, cpu] = platform
  const from = join(dist, `tattle-${version}-${go}`)
  if (!existsSync(from)) {
    console.error(`left out: ${from} is not there`)
    continue
  }
  const program = os === 'win32' ? 'tattle.exe' : 'tattle'
  const folder = join(work, go)
  mkdirSync(join(folder, 'bin'), { recursive: true })
  cpSync(join(from, program), join(folder, 'bin', program))
  chmodSync(join(folder, 'bin', program), 0o755)
  cpSync(join(from, 'LICENSES.txt'), join(folder, 'LICENSES.txt'))
  writeFileSync(join(folder, 'README.md'), `The program of tattle-server for ${os} ${cpu}. Install tattle-server.\n`)
  const { license, repository } = main
  pack(folder, {
    name: nameOf(platform), version, description: `tattle for ${os} ${cpu}`, license, repository,
    os: [os], cpu: [cpu], files: ['bin', 'LICENSES.txt'], preferUnplugged: true,
  })
}

const folder = join(work, 'main')
cpSync(join(here, 'tattle-server'), folder, { recursive: true })
cpSync(join(here, '../../LICENSE'), join(folder, 'LICENSE'))
pack(folder, { ...main, version, optionalDependencies: Object.fromEntries(platforms.map((p) => [nameOf(p), version])) })
rmSync(work, { recursive: true })
