// DynamoDB Local on a free loopback port, in memory: its own launcher listens on every interface
// and reports usage. Prints the port; answers GET /calls with how many calls it has served.
import com.amazonaws.services.dynamodbv2.local.server.LocalDynamoDBRequestHandler;
import com.amazonaws.services.dynamodbv2.local.server.LocalDynamoDBServerHandler;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.atomic.AtomicLong;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.util.Callback;

public class Tables {
  public static void main(String[] arguments) throws Exception {
    Server server = new Server();
    ServerConnector connector = new ServerConnector(server);
    connector.setHost("127.0.0.1");
    connector.setPort(0);
    server.addConnector(connector);
    boolean inMemory = true;
    boolean shared = true;
    boolean delayed = false;
    var requests = new LocalDynamoDBRequestHandler(0, inMemory, null, shared, delayed);
    var tables = new LocalDynamoDBServerHandler(requests, null);
    AtomicLong calls = new AtomicLong();
    server.setHandler(new Handler.Abstract() {
      @Override
      public boolean handle(Request request, Response response, Callback callback) throws Exception {
        if (!request.getMethod().equals("GET")) {
          calls.incrementAndGet();
          return tables.handle(request, response, callback);
        }
        byte[] count = Long.toString(calls.get()).getBytes(StandardCharsets.UTF_8);
        response.write(true, ByteBuffer.wrap(count), callback);
        return true;
      }
    });
    tables.setServer(server);
    server.start();
    System.out.println("listening on http://127.0.0.1:" + connector.getLocalPort());
    server.join();
  }
}
