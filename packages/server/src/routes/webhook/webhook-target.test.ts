import { describe, expect, it } from 'vitest'
import { allowedHosts, isPublicAddress, webhookUrlProblem } from './webhook-target.ts'

const none = allowedHosts([])

describe('addresses', () => {
  it.each(['8.8.8.8', '1.1.1.1', '2606:4700::1111', '2a00:1450:4001::1', '::ffff:8.8.8.8'])(
    '%s is public',
    (address) => {
      expect(isPublicAddress(address)).toBe(true)
    },
  )

  it.each([
    '0.0.0.0',
    '0.1.2.3',
    '10.0.0.1',
    '100.64.0.1',
    '127.0.0.1',
    '169.254.169.254',
    '172.16.0.1',
    '192.0.0.8',
    '192.0.2.1',
    '192.88.99.1',
    '192.168.1.1',
    '198.18.0.1',
    '198.51.100.1',
    '203.0.113.1',
    '224.0.0.1',
    '240.0.0.1',
    '255.255.255.255',
    '::',
    '::1',
    '::127.0.0.1',
    '::808:808',
    '::ffff:10.0.0.1',
    '::ffff:7f00:1',
    '::ffff:0:8.8.8.8',
    '64:ff9b::8.8.8.8',
    '64:ff9b:1::1',
    '100::1',
    '2001::1',
    '2001:db8::1',
    '2002:7f00:1::',
    '200::1',
    '4000::1',
    'fc00::1',
    'fd00:ec2::254',
    'fe80::1',
    'fe80::1%eth0',
    'fec0::1',
    'ff02::1',
    'localhost',
    '',
  ])('%s is none', (address) => {
    expect(isPublicAddress(address)).toBe(false)
  })
})

describe('URLs', () => {
  it.each([
    'https://example.com/hook?x=1',
    'https://example.com:8443',
    'https://8.8.8.8',
    'https://[2606:4700::1111]:8443/',
    'https://bücher.example',
  ])('%s may be called', (url) => {
    expect(webhookUrlProblem(url, none)).toBeUndefined()
  })

  it.each([
    ['', 'absolute'],
    ['example.com/hook', 'absolute'],
    ['http://example.com', 'https://'],
    ['file:///etc/passwd', 'https://'],
    ['javascript:alert(1)', 'https://'],
    ['https://ada@example.com', 'user name'],
    ['https://:secret@example.com', 'user name'],
    [`https://example.com/${'a'.repeat(2_048)}`, '2048'],
    ['https://127.0.0.1', '127.0.0.1'],
    ['https://127.1', '127.0.0.1'],
    ['https://2130706433', '127.0.0.1'],
    ['https://0x7f.1', '127.0.0.1'],
    ['https://0x7f000001', '127.0.0.1'],
    ['https://017700000001', '127.0.0.1'],
    ['https://127.0.0.1.', '127.0.0.1'],
    ['https://１２７.0.0.1', '127.0.0.1'],
    ['https://%31%32%37.0.0.1', '127.0.0.1'],
    ['https://[::1]', '::1'],
    ['https://[::ffff:127.0.0.1]', '::ffff:7f00:1'],
    ['https://[64:ff9b::7f00:1]', '64:ff9b::7f00:1'],
    ['https://[fe80::1%25eth0]', 'absolute'],
    ['https://169.254.169.254/latest/meta-data', '169.254.169.254'],
  ])('%s may not', (url, problem) => {
    expect(webhookUrlProblem(url, none)).toContain(problem)
  })

  it('exempts exactly the allowed hosts, by name or with their port', () => {
    const allowed = allowedHosts(['Intranet.local', '10.0.0.1:8080', '[::1]:443'])
    const isRefused = (url: string) => webhookUrlProblem(url, allowed) !== undefined
    expect(
      [
        'http://intranet.local/hook',
        'https://intranet.local:9',
        'http://10.0.0.1:8080',
        'https://[::1]',
      ].filter(isRefused),
    ).toEqual([])
    for (const url of [
      'http://sub.intranet.local',
      'http://intranet.local.example.com',
      'http://10.0.0.1',
      'http://10.0.0.2:8080',
      'http://[::1]',
      'http://ada:secret@intranet.local',
      'ftp://intranet.local',
    ]) {
      expect(isRefused(url), url).toBe(true)
    }
  })
})
