import java.security.Provider;
import java.security.SecureRandomSpi;
import java.util.SplittableRandom;

/**
 * Random numbers for Java under Wine, where the seed of Java's own ones asks for the network's
 * adapters by a function that Wine lacks, which ends Java. Only tests use it: these are not secure.
 */
public final class RandomUnderWine extends Provider {
    private static final long serialVersionUID = 1L;

    public RandomUnderWine() {
        super("RandomUnderWine", "1", "random numbers that are not secure");
        putService(
                new Service(this, "SecureRandom", "Splittable", Spi.class.getName(), null, null));
    }

    public static final class Spi extends SecureRandomSpi {
        private static final long serialVersionUID = 1L;

        private final transient SplittableRandom random = new SplittableRandom();

        @Override
        protected synchronized void engineNextBytes(byte[] bytes) {
            random.nextBytes(bytes);
        }

        @Override
        protected byte[] engineGenerateSeed(int size) {
            byte[] seed = new byte[size];
            engineNextBytes(seed);
            return seed;
        }

        @Override
        protected void engineSetSeed(byte[] seed) {}
    }
}
