import { log } from './log'
console.debug('x')  // 801
globalThis.console.info('x')  // 801
const myconsole = { log() {} }
myconsole.log()
export async function run(jobId: string, password: string, user: any, apiKey: string) { 
  log.info({ job_id: jobId }, 'a %s', 'b')
  log.info({ jobId }, 'login', { user })  // 804
  log.info({ jobId }, 'token %s', apiKey)  // 820
  log.info({ jobId, headers: user.authorization }, 'x')  // 820
  log.info({ jobId, password: '***' }, 'x')
  log.info({ jobId, hasPassword: !!password }, 'x')
  log.info({ jobId, passwordLength: password.length }, 'x')
  log.info({ jobId, user: user.name }, 'password reset')
  log.info({ jobId }, 'saved', user)  // 811
  log.info({ jobId }, 'count %d', 1, 2)  // 811
  log.info({ jobId }, '100% of %d done', 3)
  log.info({ jobId }, 'rate 50%')
  log.info({ jobId, level: 3 }, 'x')  // 810
  log.info({ jobId, [user.key]: 1 }, 'x')  // 823
  log.info({ jobId, ...user }, 'x')
  log.info({ jobId }, 'unable to connect')  // 824
  log.debug({ jobId }, 'connection failed')  // 824
  log.warn({ jobId }, 'giving up on job')  // 824
  log.info({ jobId }, 'retrying call')  // 824
  log.error({ jobId }, 'attempt 2 of 3')  // 824
  log.warn({ jobId }, 'attempt 2 of 3')
  log.info({ jobId }, 'failed=0')
  log.info({ jobId }, 'no errors found')
  try { await f() } catch (error) {
    log.error({ jobId, error }, 'x')  // 808
    log.error({ jobId, err: error }, 'y')  // 808
    log.error({ jobId, exception: error }, 'z')  // 806 808
    log.error({ jobId, reason: String(error) }, 'w')  // 808
    log.error({ jobId }, `failed: ${error.message}`)  // 803 808
    log.error({ jobId }, 'failed: ' + error)  // 803 808
    log.error({ jobId }, 'boom')  // 807 808
    throw error
  }
  try { await f() } catch (err: unknown) {
    const message = err instanceof Error ? err.message : String(err)
    log.error({ jobId, message }, 'k')  // 808
    if (x) { log.warn({ jobId }, 'skip') }  // 807
    throw new Error('x') 
  }
  try { await f() } catch { log.warn({ jobId }, 'no binding') }  // 807
  await f().catch((e) => log.error('x', e))  // 805 809
  process.on('uncaughtException', (err) => { log.fatal(err); process.exit(1) })  // 809
  const child = log.child({ jobId })
  child.info('bound')
  ;[1].forEach((n) => child.info({ n }, 'inner'))
  const helper = () => log.info('unbound in closure')  // 809
}
export function other({ jobId }: { jobId: string }) { log.info('destructured') }  // 809
export function opt(opts: { jobId: string }) { log.info({ id: opts.jobId }, 'other key') }
export const arrow = async (job_id: string) => log.info('arrow')  // 809
export class J { constructor(private jobId: string) { log.info('ctor') }  // 809
  go() { log.info('method') } }  // 809
log.info({ service: 'x', msg: 'm' }, 'x')  // 810
log.info('%o', { a: 1 })
log.info('%s and more', 'x', { a: 1 })  // 811
log.info(`static template`)
log.info('a' + 'b')
log.info('multi ' +
  'line')
log.error(new Error('x'), 'with error')
log.error('msg', new Error('x'))  // 805
log.error({ err: new Error('y') }, 'ok')
log.info('json', JSON.stringify({}))  // 811
