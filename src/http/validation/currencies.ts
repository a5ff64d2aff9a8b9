/**
 * ISO 4217, list one (current currencies and funds), with amendments up to number 180: in force since 1 January 2026.
 * Published by SIX Financial Information, the maintenance agency, and compared with Debian's iso-codes. How to bring it
 * up to date: `docs/decisions/0011-currencies.md`.
 */
const LIST_ONE = `
  AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BHD BIF BMD BND BOB BOV BRL BSD BTN BWP BYN BZD
  CAD CDF CHE CHF CHW CLF CLP CNY COP COU CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP
  GBP GEL GHS GIP GMD GNF GTQ GYD HKD HNL HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR
  KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN
  MXV MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB RWF SAR SBD
  SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS UAH UGX
  USD USN UYI UYU UYW UZS VED VES VND VUV WST XAD XAF XAG XAU XBA XBB XBC XBD XCD XCG XDR XOF XPD
  XPF XPT XSU XTS XUA XXX YER ZAR ZMW ZWG`;

/**
 * The currencies that requests may name, in alphabetical order. Stored amounts may be in a currency that was withdrawn
 * later.
 */
export const CURRENCIES: readonly string[] = LIST_ONE.trim().split(/\s+/);

const known: ReadonlySet<unknown> = new Set(CURRENCIES);

/** @returns whether `value` is an ISO 4217 code in upper case that is in use */
export function isCurrency(value: unknown): value is string {
  return known.has(value);
}
