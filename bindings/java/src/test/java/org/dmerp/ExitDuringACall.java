package org.dmerp;

/** A program that ends while a call of it runs on another thread: see GarbageTest. */
final class ExitDuringACall {
    private ExitDuringACall() {}

    public static void main(String[] arguments) throws Exception {
        Config config = new Config().baseUrl(arguments[0]).appArea("DMDEV01");
        Client client = new Client(config.apiKey(arguments[1]).proxy("none"));
        Background call = new Background(client::check);
        // Ends when the test has seen the call's request.
        System.in.read();
        if (call.isRunning()) {
            System.out.println("exiting");
            System.exit(7);
        }
    }
}
