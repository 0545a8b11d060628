import { ChildProcess, SpawnOptions } from 'child_process'

/** How to start a server. All of it is optional. */
export interface RedisMemoryServerOptsT {
  instance?: {
    /** The port; by default one that is free. */
    port?: number | null
    /** The address to listen on, or several with commas between them; by default 127.0.0.1. */
    ip?: string
    /** More arguments, as redis-server takes them. */
    args?: string[]
  }
  binary?: {
    /** A tattle that you have built yourself. */
    systemBinary?: string
    /** For redis-memory-server; has no effect. */
    version?: string
    /** For redis-memory-server; has no effect. */
    downloadDir?: string
    /** For redis-memory-server; has no effect. */
    ignoreDownloadCache?: boolean
  }
  /** Of child_process.spawn; stdio has no effect. */
  spawn?: SpawnOptions
  /** Start now. Otherwise start(), ensureInstance(), or asking for the port or the host does. */
  autoStart?: boolean
}

/** A running process. */
export declare class RedisInstance {
  childProcess: ChildProcess
  isInstanceReady: boolean
  getPid(): number | undefined
  kill(): Promise<RedisInstance>
}

/** What is known of a running server. */
export interface RedisInstanceDataT {
  port: number
  ip: string
  /** Is never set; for redis-memory-server. */
  tmpDir?: undefined
  instance: RedisInstance
  childProcess?: ChildProcess
}

/** A server for a test. It has the methods of redis-memory-server. */
export declare class RedisMemoryServer {
  opts: RedisMemoryServerOptsT
  runningInstance: Promise<RedisInstanceDataT> | null
  instanceInfoSync: RedisInstanceDataT | null

  /** Describes a server, and starts it if autoStart is true. */
  constructor(opts?: RedisMemoryServerOptsT)
  /** Describes a server. If autoStart is true, the server accepts connections when the promise resolves. */
  static create(opts?: RedisMemoryServerOptsT): Promise<RedisMemoryServer>
  /** Starts the server. The promise rejects if it runs already or cannot start, and says why. */
  start(): Promise<boolean>
  /** Stops the server and waits for its end. A server that does not run is stopped. */
  stop(): Promise<boolean>
  /** Tells what is known of the running server, or false. */
  getInstanceInfo(): RedisInstanceDataT | false
  /** Starts the server if it does not run. */
  ensureInstance(): Promise<RedisInstanceDataT>
  /** Returns the address, and starts the server if it does not run. */
  getHost(): Promise<string>
  /** Is getHost. */
  getIp(): Promise<string>
  /** Returns the port, and starts the server if it does not run. */
  getPort(): Promise<number>
}

export default RedisMemoryServer

/** The path of the program for this platform. It throws if there is none. */
export declare function binaryPath(): string
