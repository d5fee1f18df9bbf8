package org.dmerp;

/** A program that ends while a call of it runs on another thread: see GarbageTest. */
final class ExitDuringACall {
    private ExitDuringACall() {}

    public static void main(String[] arguments) throws Exception {
        Client client;
        try (Config config = new Config()) {
            config.baseUrl(arguments[0]).appArea("DMDEV01").apiKey(arguments[1]).proxy("none");
            client = new Client(config);
        }
        Background call = new Background(client::check);
        // Ends when the test has seen the call's request.
        System.in.read();
        if (call.isRunning()) {
            System.out.println("exiting");
            System.exit(7);
        }
    }
}
