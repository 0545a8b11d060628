'use strict'

// Starts tattle for a test. The class has the methods of redis-memory-server, so that moving
// over changes one import. The program is in a package of its own for each platform, of
// which npm installs the one that fits.

const { spawn } = require('node:child_process')
const { createInterface } = require('node:readline')

// The line in which tattle says where it listens; docs/program.md describes it.
const readyPrefix = 'tattle-ready '

// How much of the log an error shows, in lines.
const logLines = 20

/** The path of the program for this platform. */
function binaryPath() {
  const name = `@tattle-server/${process.platform}-${process.arch}`
  try {
    return require.resolve(`${name}/bin/${process.platform === 'win32' ? 'tattle.exe' : 'tattle'}`)
  } catch {
    throw new Error(
      `tattle-server: ${name} is not installed. Either there is no tattle for this platform, or npm was told to leave out ` +
        `optional dependencies. Environment variable TATTLE_BINARY may name a tattle that you have built.`)
  }
}

/** A running process. */
class RedisInstance {
  constructor(childProcess) {
    this.childProcess = childProcess
    this.isInstanceReady = false
    this.log = []
    this.ended = new Promise((resolve) => {
      childProcess.once('error', resolve) // it could not be started
      childProcess.once('close', (code, signal) => resolve(new Error(`it ended with ${signal ?? `code ${code}`}`)))
    })
  }

  /** Starts the program, and waits until it tells where it listens. */
  static async run({ instance = {}, binary = {}, spawn: spawnOptions = {} }) {
    const args = [
      '--save', '', '--appendonly', 'no', '--bind', ...(instance.ip ?? '127.0.0.1').split(','),
      '--port', String(instance.port || 'auto'), '--exit-with-parent', 'yes', ...(instance.args ?? []),
    ]
    const path = binary.systemBinary || process.env.TATTLE_BINARY || binaryPath()
    const child = spawn(path, args, { windowsHide: true, ...spawnOptions, stdio: ['ignore', 'pipe', 'pipe'] })
    const run = new RedisInstance(child)
    const ready = new Promise((resolve) => {
      for (const stream of [child.stdout, child.stderr]) {
        createInterface({ input: stream }).on('line', (line) => run.note(line, resolve))
      }
    })
    const told = await Promise.race([ready, run.ended])
    if (told instanceof Error) {
      throw new Error(`tattle-server: ${path} has not started: ${told.message}\n${run.log.join('\n')}`)
    }
    run.isInstanceReady = true
    run.handles('unref') // a server that nobody stops does not keep this process alive
    return [run, told]
  }

  note(line, resolve) {
    if (process.env.TATTLE_DEBUG) console.error(line)
    if (line.startsWith(readyPrefix)) resolve(JSON.parse(line.slice(readyPrefix.length)))
    else if (!this.isInstanceReady) this.log = [...this.log, line].slice(-logLines)
  }

  /** Calls ref or unref of everything that keeps this process alive. */
  handles(method) {
    for (const handle of [this.childProcess, this.childProcess.stdout, this.childProcess.stderr]) handle[method]()
  }

  getPid() {
    return this.childProcess.pid
  }

  /** Ends the process, and waits for that. */
  async kill() {
    this.handles('ref')
    this.childProcess.kill('SIGTERM')
    await this.ended
    return this
  }
}

class RedisMemoryServer {
  constructor(opts) {
    this.opts = { ...opts }
    this.runningInstance = null
    this.instanceInfoSync = null
    if (this.opts.autoStart === true) {
      this.start().catch(() => {}) // whoever asks for the port tries again, and gets the error
    }
  }

  static async create(opts) {
    const server = new RedisMemoryServer({ ...opts, autoStart: false })
    if (opts?.autoStart) await server.start()
    return server
  }

  async start() {
    if (this.runningInstance) {
      throw new Error('tattle-server: the server is running or starting already')
    }
    const starting = this.#launch()
    this.runningInstance = starting
    try {
      this.instanceInfoSync = await starting
    } catch (err) {
      this.#forget(starting)
      throw err
    }
    this.instanceInfoSync.instance.ended.then(() => this.#forget(starting))
    return true
  }

  async #launch() {
    const wanted = { ...this.opts.instance }
    wanted.port ||= this.previousPort
    const [instance, address] = await RedisInstance.run({ ...this.opts, instance: wanted })
    this.previousPort = address.port || address.tls_port
    return { port: this.previousPort, ip: address.host, tmpDir: undefined, instance, childProcess: instance.childProcess }
  }

  /** Forgets a process that has ended, unless another one runs already. */
  #forget(which) {
    if (this.runningInstance === which) {
      this.runningInstance = null
      this.instanceInfoSync = null
    }
  }

  async stop() {
    if (!this.runningInstance) return true
    const running = this.runningInstance
    const { instance } = await running
    await instance.kill()
    this.#forget(running)
    return true
  }

  getInstanceInfo() {
    return this.instanceInfoSync ?? false
  }

  async ensureInstance() {
    if (!this.runningInstance) await this.start()
    return this.runningInstance
  }

  async getHost() {
    return this.getIp()
  }

  async getIp() {
    return (await this.ensureInstance()).ip
  }

  async getPort() {
    return (await this.ensureInstance()).port
  }
}

Object.defineProperty(exports, '__esModule', { value: true })
exports.default = RedisMemoryServer
exports.RedisMemoryServer = RedisMemoryServer
exports.RedisInstance = RedisInstance
exports.binaryPath = binaryPath
