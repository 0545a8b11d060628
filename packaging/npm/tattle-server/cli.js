#!/usr/bin/env node
'use strict'

// Runs tattle in the foreground, with the arguments of redis-server.

const { spawn } = require('node:child_process')
const { binaryPath } = require('./index.js')

const args = process.argv.slice(2)
const ends = ['-v', '--version', '-h', '--help'].includes(args[0])
let child
// The terminal interrupts both processes; others interrupt only this one. The server may be
// ready, and whoever waits for that may end it, before spawn returns.
process.on('SIGINT', () => {})
process.on('SIGTERM', () => child.kill('SIGTERM'))
child = spawn(process.env.TATTLE_BINARY || binaryPath(), ends ? args : [...args, '--exit-with-parent', 'yes'], { stdio: 'inherit' })
child.on('error', (err) => {
  console.error(err.message)
  process.exit(1)
})
child.on('exit', (code) => process.exit(code ?? 1))
