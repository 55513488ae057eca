/* Elementary and special functions from + - * / and sqrt alone; sources stand at each. */
#include "sim/random/special.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

#define LN2_HIGH 6.93147180369123816490e-01 /* ln 2, its last 20 bits zero */
#define LN2_LOW 1.90821492927058770002e-10  /* ln 2 - LN2_HIGH */
#define HALF_LN_2PI 0.918938533204672741780329736406
#define ONE_OVER_SQRT_2PI 0.398942280401432677939946059934
#define ONE_MINUS_EULER 0.422784335098467139393487909918
#define EPSILON 0x1p-53

static double from_bits(uint64_t bits) {
  double x;
  memcpy(&x, &bits, sizeof x);
  return x;
}

static uint64_t to_bits(double x) {
  uint64_t bits;
  memcpy(&bits, &x, sizeof bits);
  return bits;
}

/* c[0] + c[1] x + … by Horner's rule. */
static double polynomial(const double *c, int n, double x) {
  double sum = c[n - 1];
  for (int i = n - 2; i >= 0; i--) sum = sum * x + c[i];
  return sum;
}

/* x = 2^k (1 + f) with 1 + f in [sqrt(1/2), sqrt(2)); log(1 + f) by the series in s = f / (2 + f)
 * with the minimax coefficients of fdlibm's e_log.c (Ng, Sun Microsystems 1993). */
double fsim_log(double x) {
  static const double series[] = {6.666666666666735130e-01, 3.999999999940941908e-01,
                                  2.857142874366239149e-01, 2.222219843214978396e-01,
                                  1.818357216161805012e-01, 1.531383769920937332e-01,
                                  1.479819860511658591e-01};
  if (!(x > 0)) return x == 0 ? -INFINITY : NAN;
  if (x == INFINITY) return INFINITY;
  int exponent = 0;
  if (x < 0x1p-1022) {
    x *= 0x1p54;
    exponent = -54;
  }
  uint64_t bits = to_bits(x);
  exponent += (int)(bits >> 52) - 1023;
  double mantissa = from_bits((bits & UINT64_C(0xFFFFFFFFFFFFF)) | UINT64_C(0x3FF0000000000000));
  if (mantissa > 1.41421356237309504880) {
    mantissa *= 0.5;
    exponent++;
  }
  double f = mantissa - 1.0;
  double s = f / (2.0 + f);
  double z = s * s;
  double rest = z * polynomial(series, 7, z);
  double half_square = 0.5 * f * f;
  double k = exponent;
  return k * LN2_HIGH - ((half_square - (s * (half_square + rest) + k * LN2_LOW)) - f);
}

/* exp(r) for |r| <= ln(2)/2, r = high - low: fdlibm's e_exp.c (Ng, Sun Microsystems 1993). */
static double exp_reduced(double high, double low) {
  static const double remez[] = {1.66666666666666019037e-01, -2.77777777770155933842e-03,
                                 6.61375632143793436117e-05, -1.65339022054652515390e-06,
                                 4.13813679705723846039e-08};
  double r = high - low;
  double square = r * r;
  double c = r - square * polynomial(remez, 5, square);
  return 1.0 - ((low - (r * c) / (2.0 - c)) - high);
}

double fsim_exp(double x) {
  if (x != x) return x;
  if (x > 709.782712893383973096) return INFINITY;
  if (x < -745.133219101941108420) return 0.0;
  int k = (int)(x * 1.44269504088896338700 + (x < 0 ? -0.5 : 0.5));
  double value = exp_reduced(x - k * LN2_HIGH, k * LN2_LOW);
  if (k > 1023) return value * 0x1p1023 * from_bits((uint64_t)(k - 1023 + 1023) << 52);
  if (k < -1021) return value * from_bits((uint64_t)(k + 1000 + 1023) << 52) * 0x1p-1000;
  return value * from_bits((uint64_t)(k + 1023) << 52);
}

/* log(1 + x) corrected for what 1 + x lost (Kahan; Higham 2002, section 1.14.1). */
double fsim_log1p(double x) {
  double y = 1.0 + x;
  if (y == 1.0 || x == INFINITY) return x;
  if (y == 0.0) return -INFINITY;
  return fsim_log(y) * (x / (y - 1.0));
}

double fsim_expm1(double x) {
  if (!(x > -0.4 && x < 0.4)) return fsim_exp(x) - 1.0;
  double term = x, sum = 0.0;
  for (int n = 2; n <= 16; n++) {
    term *= x / n;
    sum += term;
  }
  return x + sum;
}

/* log Gamma(x) - ((x - 1/2) log x - x + log(2 pi) / 2) for x >= 10: Stirling's series, Abramowitz &
 * Stegun 6.1.41; the first term left out is below 1e-17 there. */
static double stirling_rest(double x) {
  static const double series[] = {1.0 / 12,    -1.0 / 360,       1.0 / 1260,
                                  -1.0 / 1680, 1.0 / 1188,       -691.0 / 360360,
                                  1.0 / 156,   -3617.0 / 122400, 43867.0 / 244188};
  return polynomial(series, 9, 1.0 / (x * x)) / x;
}

/* log Gamma(2 + d) for |d| <= 1/2: d (1 - gamma) + sum over k >= 2 of (-d)^k (zeta(k) - 1) / k,
 * Abramowitz & Stegun 6.1.33. */
static double log_gamma_near_two(double d) {
  static const double series[] = {
      3.22467033424113218236e-1,  -6.73523010531980951332e-2,  2.05808084277845478790e-2,
      -7.38555102867398526627e-3, 2.89051033074152328575e-3,   -1.19275391170326097711e-3,
      5.09669524743042422336e-4,  -2.23154758453579379761e-4,  9.94575127818085337146e-5,
      -4.49262367381331417002e-5, 2.05072127756706915532e-5,   -9.43948827526839590399e-6,
      4.37486678990748780418e-6,  -2.03921575380136623678e-6,  9.55141213040741983286e-7,
      -4.49246919876456604329e-7, 2.12071848055546658692e-7,   -1.00432248239680996087e-7,
      4.76981016936398056576e-8,  -2.27110946089431649103e-8,  1.08386592148969540911e-8,
      -5.18347504197004665512e-9, 2.48367454380247831719e-9,   -1.19214014058609120744e-9,
      5.73136724167886201333e-10, -2.75952288512423314518e-10, 1.33047643742444894815e-10};
  return d * (ONE_MINUS_EULER + d * polynomial(series, 27, d));
}

double fsim_log_gamma(double x) {
  if (!(x > 0)) return NAN;
  if (x >= 1.5 && x <= 2.5) return log_gamma_near_two(x - 2.0);
  if (x >= 0.5 && x < 1.5) return log_gamma_near_two(x - 1.0) - fsim_log1p(x - 1.0);
  if (x < 0.5) return log_gamma_near_two(x) - fsim_log1p(x) - fsim_log(x);
  double product = 1.0;
  while (x < 10.0) {
    product *= x;
    x += 1.0;
  }
  double value = (x - 0.5) * fsim_log(x) - x + HALF_LN_2PI + stirling_rest(x);
  return product == 1.0 ? value : value - fsim_log(product);
}

/* log(ratio) - d where d = ratio - 1, accurate for small d: with s = d / (2 + d) it is 2 atanh(s) -
 * d = -d s + 2 (s^3/3 + s^5/5 + …). */
static double log_minus_off(double ratio, double d) {
  if (ratio < 0.5 || ratio > 2.0) return fsim_log(ratio) - d;
  double s = d / (2.0 + d), square = s * s;
  double power = s * square, sum = 0.0;
  for (int n = 3; n < 80; n += 2) {
    double next = sum + power / n;
    if (next == sum) break;
    sum = next;
    power *= square;
  }
  return 2.0 * sum - d * s;
}

/* x^a e^-x / Gamma(a + 1) without the cancellation of its logarithm's large terms: the saddle-point
 * form of Loader (2000), "Fast and accurate computation of binomial probabilities". */
static double poisson_weight(double a, double x) {
  if (a < 10.0) return fsim_exp(a * fsim_log(x) - x - fsim_log_gamma(a + 1.0));
  double exponent = a * log_minus_off(x / a, (x - a) / a) - stirling_rest(a);
  return fsim_exp(exponent) * ONE_OVER_SQRT_2PI / __builtin_sqrt(a);
}

/* P(a, x) / poisson_weight = 1 + x/(a+1) + x^2/((a+1)(a+2)) + …: Abramowitz & Stegun 6.5.29. */
static double gamma_series(double a, double x) {
  double term = 1.0, sum = 1.0;
  for (double n = a + 1.0; term > EPSILON * sum; n += 1.0) {
    term *= x / n;
    sum += term;
  }
  return sum;
}

/* Q(a, x) Gamma(a) x^-a e^x by Legendre's continued fraction, Abramowitz & Stegun 6.5.31, in its
 * even form, evaluated by the modified method of Lentz (Thompson & Barnett 1986). */
static double gamma_fraction(double a, double x) {
  double b = x + 1.0 - a;
  double c = 1e300;
  double d = 1.0 / b;
  double value = d;
  for (int i = 1; i < 100000; i++) {
    double numerator = -i * (i - a);
    b += 2.0;
    d = 1.0 / (numerator * d + b);
    c = b + numerator / c;
    double factor = c * d;
    value *= factor;
    if (__builtin_fabs(factor - 1.0) < 2 * EPSILON) break;
  }
  return value;
}

/* Q(a, x) for x below about 1 and small a, where 1 - P(a, x) would cancel: from
 * P(a, x) = x^a / Gamma(a + 1) (1 + a sum_{n>=1} (-x)^n / (n! (a + n))), Abramowitz &
 * Stegun 6.5.29. */
static double gamma_upper_small(double a, double x) {
  double term = 1.0, sum = 0.0;
  for (int n = 1; n < 200; n++) {
    term *= -x / n;
    double add = term / (a + n);
    sum += add;
    if (__builtin_fabs(add) <= EPSILON * __builtin_fabs(sum)) break;
  }
  double log_factor = a * fsim_log(x) - fsim_log_gamma(a + 1.0);
  return -fsim_expm1(log_factor) - fsim_exp(log_factor) * a * sum;
}

double fsim_gamma_lower(double a, double x) {
  if (!(x > 0)) return x != x ? x : 0.0;
  if (x == INFINITY) return 1.0;
  if (x <= a + 1.0) return poisson_weight(a, x) * gamma_series(a, x);
  return 1.0 - poisson_weight(a, x) * a * gamma_fraction(a, x);
}

double fsim_gamma_upper(double a, double x) {
  if (!(x > 0)) return x != x ? x : 1.0;
  if (x == INFINITY) return 0.0;
  if (x > a + 1.0) return poisson_weight(a, x) * a * gamma_fraction(a, x);
  if (x <= 1.5 && a <= 1.0) return gamma_upper_small(a, x);
  return 1.0 - poisson_weight(a, x) * gamma_series(a, x);
}

/* Phi(z) by the rational Chebyshev approximations of Cody (1969), "Rational Chebyshev
 * approximations for the error function", with exp(-z^2/2) from a split square so that the far tail
 * keeps all digits. */
static double normal_density(double z) {
  double coarse = (double)(int64_t)(z * 16.0) / 16.0;
  double rest = (z - coarse) * (z + coarse);
  return fsim_exp(-0.5 * coarse * coarse) * fsim_exp(-0.5 * rest);
}

static double normal_tail(double z) { /* P(Z > z) for z > 0.67448975 */
  static const double c[] = {
      9842.7148383839780218, 11602.651437647350124, 6848.1904505362823326,
      2494.5375852903726711, 597.27027639480026226, 93.506656132177855979,
      8.8831497943883759412, .39894151208813466764, 1.0765576773720192317e-8};
  static const double d[] = {19685.429676859990727, 38912.003286093271411, 34900.952721145977266,
                             18615.571640885098091, 6485.558298266760755,  1519.377599407554805,
                             235.38790178262499861, 22.266688044328115691, 1.0};
  static const double p[] = {2.9112874951168792e-5, .001421619193227893466, .022235277870649807,
                             .1274011611602473639,  .21589853405795699,     .02307344176494017303};
  static const double q[] = {7.29751555083966205e-5, .00378239633202758244, .0659881378689285515,
                             .468238212480865118,    1.28426009614491121,   1.0};
  if (z > 39.0) return 0.0;
  if (z <= 5.656854249492380195) {
    return normal_density(z) * polynomial(c, 9, z) / polynomial(d, 9, z);
  }
  double inverse_square = 1.0 / (z * z);
  double ratio = polynomial(p, 6, inverse_square) / polynomial(q, 6, inverse_square);
  return normal_density(z) * (ONE_OVER_SQRT_2PI - inverse_square * ratio) / z;
}

double fsim_normal_cdf(double z) {
  static const double a[] = {18154.981253343561249, 1067.6894854603709582, 161.02823106855587881,
                             2.2352520354606839287, .065682337918207449113};
  static const double b[] = {45507.789335026729956, 10260.932208618978205, 976.09855173777669322,
                             47.20258190468824187, 1.0};
  if (z != z) return z;
  if (z > 0.67448975) return 1.0 - normal_tail(z);
  if (z < -0.67448975) return normal_tail(-z);
  double square = z * z;
  return 0.5 + z * polynomial(a, 5, square) / polynomial(b, 5, square);
}

/* Algorithm AS 241 (Wichura 1988), "The percentage points of the normal distribution", PPND16. */
double fsim_normal_quantile(double probability) {
  static const double a[] = {3.3871328727963666080e0,  1.3314166789178437745e+2,
                             1.9715909503065514427e+3, 1.3731693765509461125e+4,
                             4.5921953931549871457e+4, 6.7265770927008700853e+4,
                             3.3430575583588128105e+4, 2.5090809287301226727e+3};
  static const double b[] = {1.0,
                             4.2313330701600911252e+1,
                             6.8718700749205790830e+2,
                             5.3941960214247511077e+3,
                             2.1213794301586595867e+4,
                             3.9307895800092710610e+4,
                             2.8729085735721942674e+4,
                             5.2264952788528545610e+3};
  static const double c[] = {1.42343711074968357734e0,  4.63033784615654529590e0,
                             5.76949722146069140550e0,  3.64784832476320460504e0,
                             1.27045825245236838258e0,  2.41780725177450611770e-1,
                             2.27238449892691845833e-2, 7.74545014278341407640e-4};
  static const double d[] = {1.0,
                             2.05319162663775882187e0,
                             1.67638483018380384940e0,
                             6.89767334985100004550e-1,
                             1.48103976427480074590e-1,
                             1.51986665636164571966e-2,
                             5.47593808499534494600e-4,
                             1.05075007164441684324e-9};
  static const double e[] = {6.65790464350110377720e0,  5.46378491116411436990e0,
                             1.78482653991729133580e0,  2.96560571828504891230e-1,
                             2.65321895265761230930e-2, 1.24266094738807843860e-3,
                             2.71155556874348757815e-5, 2.01033439929228813265e-7};
  static const double f[] = {1.0,
                             5.99832206555887937690e-1,
                             1.36929880922735805310e-1,
                             1.48753612908506148525e-2,
                             7.86869131145613259100e-4,
                             1.84631831751005468180e-5,
                             1.42151175831644588870e-7,
                             2.04426310338993978564e-15};
  if (!(probability > 0 && probability < 1)) {
    return probability == 0 ? -INFINITY : probability == 1 ? INFINITY : NAN;
  }
  double q = probability - 0.5;
  if (__builtin_fabs(q) <= 0.425) {
    double r = 0.180625 - q * q;
    return q * polynomial(a, 8, r) / polynomial(b, 8, r);
  }
  double r = __builtin_sqrt(-fsim_log(q < 0 ? probability : 1.0 - probability));
  double size = r <= 5.0 ? polynomial(c, 8, r - 1.6) / polynomial(d, 8, r - 1.6)
                         : polynomial(e, 8, r - 5.0) / polynomial(f, 8, r - 5.0);
  return q < 0 ? -size : size;
}

/* log Gamma(b) - log Gamma(a + b) for b >= 10, from Stirling's series of both, so that their large
 * terms cancel before they are rounded. */
static double log_gamma_step(double a, double b) {
  double n = a + b;
  return a - (b - 0.5) * fsim_log1p(a / b) - a * fsim_log(n) + stirling_rest(b) - stirling_rest(n);
}

static double log_beta(double a, double b) {
  if (b >= 10.0 && b >= a) return fsim_log_gamma(a) + log_gamma_step(a, b);
  if (a >= 10.0) return fsim_log_gamma(b) + log_gamma_step(b, a);
  return fsim_log_gamma(a) + fsim_log_gamma(b) - fsim_log_gamma(a + b);
}

/* x^a (1-x)^b / B(a, b), by Loader's form (see poisson_weight) when a and b are large. `y` is 1 - x
 * as exactly as the caller knows it. */
static double beta_weight(double a, double b, double x, double y) {
  double n = a + b;
  if (a < 10.0 || b < 10.0) {
    double log_y = y > 0.5 ? fsim_log1p(-x) : fsim_log(y);
    return fsim_exp(a * fsim_log(x) + b * log_y - log_beta(a, b));
  }
  double exponent = a * log_minus_off(n * x / a, (n * x - a) / a) +
                    b * log_minus_off(n * y / b, (n * y - b) / b) + stirling_rest(n) -
                    stirling_rest(a) - stirling_rest(b);
  return fsim_exp(exponent) * ONE_OVER_SQRT_2PI * __builtin_sqrt(a * (b / n));
}

/* The continued fraction of I_x(a, b) (Abramowitz & Stegun 26.5.8) by Lentz's method; converges
 * fast for x < (a + 1) / (a + b + 2). */
static double beta_fraction(double a, double b, double x) {
  double c = 1.0;
  double d = 1.0 / (1.0 - (a + b) * x / (a + 1.0));
  double value = d;
  for (int m = 1; m < 100000; m++) {
    double even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m));
    d = 1.0 / (1.0 + even * d);
    c = 1.0 + even / c;
    value *= c * d;
    double odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1));
    d = 1.0 / (1.0 + odd * d);
    c = 1.0 + odd / c;
    double factor = c * d;
    value *= factor;
    if (__builtin_fabs(factor - 1.0) < 2 * EPSILON) break;
  }
  return value;
}

double fsim_beta_lower(double a, double b, double x) {
  if (!(x > 0)) return x != x ? x : 0.0;
  if (x >= 1) return 1.0;
  double y = 1.0 - x;
  if (x < (a + 1.0) / (a + b + 2.0)) {
    return beta_weight(a, b, x, y) * beta_fraction(a, b, x) / a;
  }
  return 1.0 - beta_weight(a, b, x, y) * beta_fraction(b, a, y) / b;
}
