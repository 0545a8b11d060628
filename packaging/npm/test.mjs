// Tests the npm packages as installed: run by packaging/test in a folder with tattle-server,
// redis, ioredis and redis-memory-server.
import assert from 'node:assert/strict'
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createRequire } from 'node:module'
import { createConnection, createServer } from 'node:net'
import { createInterface } from 'node:readline'
import { test } from 'node:test'
import { setImmediate, setTimeout } from 'node:timers/promises'
import { Redis } from 'ioredis'
import { createClient } from 'redis'
import { RedisMemoryServer } from 'tattle-server'

const require = createRequire(import.meta.url)
const limit = { timeout: 30_000 }

/** Starts a server that is stopped after the test. */
async function serve(t, opts) {
  const server = await RedisMemoryServer.create({ autoStart: true, ...opts })
  t.after(() => server.stop())
  return { server, host: await server.getHost(), port: await server.getPort() }
}

/** Resolves when nothing listens at the port. */
async function gone(port) {
  for (;;) {
    const socket = createConnection({ port, host: '127.0.0.1' })
    const refused = await new Promise((resolve) => socket.once('connect', () => resolve(false)).once('error', () => resolve(true)))
    socket.destroy()
    if (refused) return
    await setTimeout(20)
  }
}

test('has the methods of redis-memory-server', limit, () => {
  const { RedisMemoryServer: theirs } = require('redis-memory-server')
  const methods = (c) => Object.getOwnPropertyNames(c).filter((n) => typeof c[n] === 'function' && !n.startsWith('_'))
  for (const name of methods(theirs)) assert.equal(typeof RedisMemoryServer[name], 'function', name)
  for (const name of methods(theirs.prototype)) assert.equal(typeof RedisMemoryServer.prototype[name], 'function', name)
  assert.equal(require('tattle-server').default, RedisMemoryServer)
  assert.equal(require('tattle-server').RedisMemoryServer, RedisMemoryServer)
})

test('starts when it is asked where it is, and stops', limit, async () => {
  const server = new RedisMemoryServer()
  assert.equal(server.getInstanceInfo(), false)
  const port = await server.getPort()
  assert.equal(await server.getIp(), '127.0.0.1')
  const info = server.getInstanceInfo()
  assert.equal(info.port, port)
  assert.equal(info.instance.getPid(), info.childProcess.pid)
  assert.deepEqual(await server.ensureInstance(), info)
  await assert.rejects(server.start(), /running/)
  assert.equal(await server.stop(), true)
  assert.equal(server.getInstanceInfo(), false)
  assert.equal(await server.stop(), true)
  await gone(port)
  assert.equal(await server.start(), true)
  assert.equal(await server.getPort(), port, 'the same port as before')
  await server.stop()
})

test('create starts only if told to', limit, async () => {
  const server = await RedisMemoryServer.create()
  assert.equal(server.getInstanceInfo(), false)
  await server.stop()
})

test('takes arguments', limit, async (t) => {
  const { port } = await serve(t, { instance: { args: ['--requirepass', 'x', '--maxmemory', '1mb'] } })
  const client = new Redis(port, { password: 'x' })
  assert.deepEqual(await client.config('GET', 'maxmemory'), ['maxmemory', '1048576'])
  client.disconnect()
})

test('node-redis caches, and hears of changes', limit, async (t) => {
  const { host, port } = await serve(t)
  const cached = createClient({ RESP: 3, clientSideCache: { ttl: 0, maxEntries: 0, evictPolicy: 'LRU' }, socket: { host, port } })
  const writer = createClient({ socket: { host, port } })
  await Promise.all([cached.connect(), writer.connect()])
  const gets = async () => Number(/cmdstat_get:calls=(\d+)/.exec(await writer.info('commandstats'))?.[1] ?? 0)
  await writer.set('k', '1')
  assert.equal(await cached.get('k'), '1')
  assert.equal(await cached.get('k'), '1')
  assert.equal(await gets(), 1, 'the second read comes from the cache')
  await writer.set('k', '2')
  while ((await cached.get('k')) === '1') await setImmediate() // the push is on its way
  assert.equal(await cached.get('k'), '2')
  assert.equal(await gets(), 2)
  cached.destroy()
  writer.destroy()
})

test('ioredis', limit, async (t) => {
  const { host, port } = await serve(t)
  const client = new Redis(port, host)
  assert.equal(await client.multi().set('a', 1).incr('a').exec().then((r) => r[1][1]), 2)
  assert.equal(await client.eval('return redis.call("GET", KEYS[1])', 1, 'a'), '2')
  client.disconnect()
})

test('says why it has not started', limit, async () => {
  const taken = createServer().listen(0, '127.0.0.1')
  await once(taken, 'listening')
  const { port } = taken.address()
  const server = new RedisMemoryServer({ instance: { port } })
  await assert.rejects(server.start(), /code 1[\s\S]*bind: Address already in use/)
  taken.close()
  await once(taken, 'close')
  assert.equal(await server.getPort(), port, 'one may try again')
  await server.stop()
  await assert.rejects(RedisMemoryServer.create({ autoStart: true, instance: { args: ['--nope', '1'] } }), /nope 1/)
  await assert.rejects(RedisMemoryServer.create({ autoStart: true, binary: { systemBinary: '/no/such/program' } }), /ENOENT/)
})

test('is not running when it has ended by itself', limit, async () => {
  const server = new RedisMemoryServer()
  const { instance } = await server.ensureInstance()
  process.kill(instance.getPid(), 'SIGKILL')
  while (server.getInstanceInfo()) await setTimeout(10)
  assert.notEqual((await server.ensureInstance()).instance.getPid(), instance.getPid())
  await server.stop()
})

test('ends with a process that crashes, and keeps none alive', limit, async () => {
  const script = (end) => `new (require('tattle-server').RedisMemoryServer)().getPort().then((port) => { console.log(port); ${end} })`
  for (const end of ['process.kill(process.pid, "SIGKILL")', 'throw new Error("oops")', '']) {
    const child = spawn(process.execPath, ['-e', script(end)], { stdio: ['ignore', 'pipe', 'ignore'] })
    const [line] = await once(createInterface({ input: child.stdout }), 'line')
    await once(child, 'exit')
    await gone(Number(line))
  }
})

test('redis-memory-server takes the program, too', limit, async () => {
  const { RedisMemoryServer: Theirs } = require('redis-memory-server')
  const server = new Theirs({ binary: { systemBinary: require('tattle-server').binaryPath() } })
  const client = new Redis(await server.getPort(), await server.getHost())
  assert.equal(await client.ping(), 'PONG')
  client.disconnect()
  await server.stop()
})

test('the command', limit, async () => {
  const cli = require.resolve('tattle-server/cli.js')
  assert.match(execFileSync(process.execPath, [cli, '--version'], { encoding: 'utf8' }), /^Redis server v=8\.0\.2 .*build=tattle-/)
  const child = spawn(process.execPath, [cli, '--port', 'auto', '--loglevel', 'nothing'], { stdio: ['ignore', 'pipe', 'inherit'] })
  const [line] = await once(createInterface({ input: child.stdout }), 'line')
  const { port } = JSON.parse(line.replace('tattle-ready ', ''))
  child.kill('SIGTERM')
  assert.deepEqual(await once(child, 'exit'), [0, null])
  await gone(port)
})
